"""Names of tables and columns in, what they tell of people and deeds out."""

import re
import unicodedata
from collections.abc import Mapping

from segql.catalog.words import RESERVED

PEOPLE = frozenset(
    [
        "account",
        "audience",
        "buyer",
        "client",
        "consumer",
        "contact",
        "cust",
        "customer",
        "donor",
        "guest",
        "household",
        "lead",
        "member",
        "participant",
        "patient",
        "patron",
        "people",
        "person",
        "player",
        "profile",
        "shopper",
        "student",
        "subscriber",
        "user",
        "visitor",
        "kunde",
        "kund",
        "kd",
        "nutzer",
        "mitglied",
        "person",
        "haushalt",
        "abonnent",
        "patient",
        "gast",
        "käufer",
        "spender",
    ]
)
VERBS: Mapping[str, str] = {
    "answer": "answered",
    "appointment": "booked",
    "basket": "bought",
    "bestellung": "ordered",
    "booking": "booked",
    "buchung": "booked",
    "call": "called",
    "campaign": "received_campaign",
    "cancellation": "cancelled",
    "cart": "added_to_cart",
    "cart_event": "added_to_cart",
    "cart_item": "added_to_cart",
    "click": "clicked",
    "comment": "commented",
    "complaint": "complained",
    "donation": "donated",
    "download": "downloaded",
    "email": "received_email",
    "email_event": "received_email",
    "event": "did",
    "follow": "followed",
    "install": "installed",
    "invoice": "was_billed",
    "kauf": "bought",
    "like": "liked",
    "login": "logged_in",
    "mail": "received_email",
    "message": "received_message",
    "open": "opened",
    "order": "ordered",
    "order_item": "bought",
    "order_line": "bought",
    "orderline": "bought",
    "order_position": "bought",
    "bestellposition": "bought",
    "page_view": "viewed",
    "pageview": "viewed",
    "payment": "paid",
    "post": "posted",
    "purchase": "bought",
    "rating": "rated",
    "redemption": "redeemed",
    "referral": "referred",
    "refund": "got_refund",
    "registration": "signed_up",
    "rental": "rented",
    "reservation": "reserved",
    "return": "returned",
    "retoure": "returned",
    "review": "reviewed",
    "sale": "bought",
    "search": "searched",
    "session": "visited",
    "share": "shared",
    "shipment": "received_shipment",
    "signup": "signed_up",
    "stay": "stayed",
    "subscription": "subscribed",
    "ticket": "opened_ticket",
    "transaction": "bought",
    "trip": "travelled",
    "view": "viewed",
    "visit": "visited",
}
NO_DEED = frozenset(
    [
        "birth",
        "born",
        "created",
        "deleted",
        "due",
        "end",
        "ended",
        "expected",
        "expired",
        "expires",
        "inserted",
        "loaded",
        "modified",
        "published",
        "synced",
        "until",
        "updated",
        "valid",
    ]
)
SINCE = re.compile(
    r"(?i)(created|registered|registration|joined|signed?_?up|customer_since|since"
    r"|member_since|angelegt|registriert)(_?(at|on|date|time|am|ts))?"
)
_TIME = re.compile(
    r"(.*_)?(at|on|am|ts|date|day|tag|time|datetime|timestamp|zeit)"
    r"|.*(timestamp|datum|zeitpunkt|uhrzeit)"
)


def identifier(name: str) -> str:
    """A name that rules can use, as near to this one as can be."""
    composed = unicodedata.normalize("NFC", name.strip())
    usable = "".join(sign if f"a{sign}".isidentifier() else "_" for sign in composed)
    usable = usable if usable.isidentifier() else f"_{usable}"
    return f"{usable}_" if usable in RESERVED else usable


def singular(name: str) -> str:
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
        ("ungen", "ung"),
        ("people", "person"),
        ("kunden", "kunde"),
        ("glieder", "glied"),
        ("positionen", "position"),
        ("ss", "ss"),
        ("us", "us"),
        ("s", ""),
    ):
        if name.endswith(ending):
            return name[: -len(ending)] + instead
    return name


def names_person(column: str) -> bool:
    """Whether a column looks like the key of a person: `user_id`, `Kundennummer`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()
    found = re.fullmatch(r"(.+?)[_ -]?(id|key|no|nr|number|nummer|uuid)", words)
    head = re.split("[_ -]", found[1])[-1] if found else ""
    return singular(head) in PEOPLE or head in PEOPLE


def names_people(table: str) -> bool:
    """Whether a table looks like one of persons: `dim_kunde`, `customer_master`."""
    stem = singular(re.sub(r"_?(stamm(daten)?|master(_?data)?)$", "", table))
    return stem in PEOPLE or singular(stem.split("_")[-1]) in PEOPLE


def names_time(column: str) -> bool:
    """Whether a column looks like one of times: `created_at`, `Zeitpunkt`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()
    return bool(_TIME.fullmatch(words))


def verb_of(table: str) -> str | None:
    """What the rows of a table are, by its name."""
    stem = singular(re.sub(r"^(fact|fct|stg|raw|dim|tbl|t)_", "", table))
    if stem in VERBS:
        return VERBS[stem]
    first, _, last = stem.rpartition("_")
    if first and last in VERBS and last not in ("event", "item", "line"):
        return f"{VERBS[last].split('_')[0]}_{singular(first)}"
    return None


def verb_of_time(column: str) -> str | None:
    """`viewed` of `viewed_at`."""
    found = re.fullmatch(r"([a-z_]+?)_(at|on|time|date|ts)", column.lower())
    if not found or found[1] in NO_DEED:
        return None
    irregular = ("bought", "sold", "sent", "paid", "made", "seen", "read", "left")
    return found[1] if found[1].endswith("ed") or found[1] in irregular else None


def past(noun: str) -> str:
    if noun.endswith("ed"):
        return noun
    return f"{noun}d" if noun.endswith("e") else f"{noun}ed"
