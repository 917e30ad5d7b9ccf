"""The edge-case subsets: their list, or one of them with all that can be done with it; and their categories."""

from explorer.ui.session import messages, opened
from explorer.ui.session.state import CATEGORIES
from explorer.ui.subsets import categories, detail, listing
from explorer.ui.widgets import image_dialog

subsets = sorted(opened.decisions().state().subsets, key=lambda subset: subset.updated_at, reverse=True)
chosen = listing.chosen(subsets)
of_categories = chosen is None and listing.part() == CATEGORIES
if of_categories:
    categories.above()
else:
    (detail.above if chosen else listing.above)(subsets)
messages.show_refusal()
judge = None
if chosen:
    judge = detail.draw(chosen)
else:
    (categories if of_categories else listing).draw(subsets)
image_dialog.draw(*judge or ())
