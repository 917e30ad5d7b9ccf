"""What the analyses claim, the best first: cards, each one click from the map, a subset or its dismissal."""

from explorer.actions.inbox import inbox
from explorer.ui.findings import analysing, cards, heading
from explorer.ui.session import findings, messages
from explorer.ui.widgets import image_dialog, measuring

of = findings.of()
now = inbox(of, findings.PATIENCE)
shown = heading.draw(now)
messages.show_refusal()
analysing.draw(of, now)
measuring.offer()
cards.draw(shown, now, of)
image_dialog.draw()
