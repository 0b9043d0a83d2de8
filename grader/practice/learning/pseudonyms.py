"""Pseudonyms: two words made of a learner's id, so that nobody has to say who they are."""

from __future__ import annotations

from hashlib import blake2b

_FIRST = (
    "Amber Bold Brave Bright Calm Clever Coral Crisp Daring Deft Eager Early Fair Fleet Frank Gentle Golden Grand "
    "Happy Honest Indigo Jolly Keen Kind Lively Lucky Mellow Merry Mild Nimble Noble Olive Patient Plucky Polite "
    "Proud Quick Quiet Rapid Ready Rosy Ruby Scarlet Silver Smart Solid Spry Steady Sunny Swift Teal Tidy Trusty "
    "Velvet Vivid Warm Wise Witty Young Zesty Azure Cosy Fresh Sharp"
)
_SECOND = (
    "Badger Beaver Bison Bittern Crane Cricket Curlew Deer Dolphin Dove Eagle Egret Falcon Ferret Finch Fox Gecko "
    "Goose Grouse Hare Hawk Hedgehog Heron Ibex Ibis Jackdaw Jay Kestrel Kite Koala Lark Lemur Linnet Lynx Magpie "
    "Marten Martin Merlin Mole Newt Osprey Otter Owl Panda Petrel Pigeon Plover Puffin Quail Rabbit Raven Robin "
    "Salmon Seal Sparrow Starling Stork Swallow Swan Swift Tern Thrush Turtle Wren"
)


def pseudonym(learner: str) -> str:
    """`Quiet Heron 27`: the same for the same learner.

    >>> pseudonym("a") == pseudonym("a")
    True
    """
    digest = blake2b(learner.encode(), digest_size=6, person=b"pseudonym").digest()
    first, second = _FIRST.split(), _SECOND.split()
    number = 10 + int.from_bytes(digest[2:], "big") % 90
    return f"{first[digest[0] % len(first)]} {second[digest[1] % len(second)]} {number}"
