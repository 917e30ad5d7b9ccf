"""The words of the demo model: what it reads in training, and the prompts it is measured with."""

import random
import re

from fashion_mnist import CLASSES, CONDITIONS

NAMES = {
    "T-shirt": ("T-shirt", "tee", "short-sleeved top"),
    "Trouser": ("trouser", "pair of trousers", "pair of pants", "pair of jeans"),
    "Pullover": ("pullover", "sweater", "jumper"),
    "Dress": ("dress", "gown"),
    "Coat": ("coat", "jacket"),
    "Sandal": ("sandal", "open shoe", "strappy shoe"),
    "Shirt": ("shirt", "button-up shirt", "blouse"),
    "Sneaker": ("sneaker", "trainer", "running shoe"),
    "Bag": ("bag", "handbag", "purse"),
    "Ankle boot": ("ankle boot", "boot"),
}
WORDS = {
    "clean": ("clear", "clean", "sharp"),
    "dark": ("dark", "dim", "underexposed"),
    "blurred": ("blurry", "blurred", "out of focus"),
    "rotated": ("rotated", "tilted", "sideways"),
    "occluded": ("occluded", "covered", "blocked"),
    "over-exposed": ("over-exposed", "washed-out", "too bright"),
}
TEMPLATES = {
    "a {word} photo of a {name}": 6,
    "a photo of a {name}": 2,
    "a {word} {name}": 1,
    "a {word} photo": 1,
}


def caption(label: int, condition: int, chance: random.Random) -> str:
    """One of the many ways to describe an image, such as "a dim photo of a running shoe"."""
    (template,) = chance.choices(list(TEMPLATES), weights=list(TEMPLATES.values()))
    word = _choose(WORDS[CONDITIONS[condition]], chance)
    return _with_articles(template.format(word=word, name=_choose(NAMES[CLASSES[label]], chance)))


def class_prompts() -> list[str]:
    """One prompt for each class, in the order of CLASSES."""
    return [_with_articles(f"a photo of a {NAMES[label][0]}") for label in CLASSES]


def condition_prompts() -> list[str]:
    """One prompt for each condition, in the order of CONDITIONS."""
    return [_with_articles(f"a {WORDS[condition][0]} photo") for condition in CONDITIONS]


def _choose(words: tuple[str, ...], chance: random.Random) -> str:
    """The first word, which the prompts use, half of the time; else any of the others."""
    return words[0] if chance.random() < 0.5 else chance.choice(words[1:])


def _with_articles(text: str) -> str:
    """Turn "a ankle boot" into "an ankle boot"."""
    return re.sub(r"\ba (?=[aeiou])", "an ", text)
