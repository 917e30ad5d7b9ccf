"""Labels that are probably wrong: is each right, or what is it."""

from explorer.ui.label_review import page
from explorer.ui.widgets import image_dialog

page.draw()
image_dialog.draw()
