// Reads one file with one parser of others: compare.js PACKAGE x12|edifact FILE. Ends with 69 if it is not installed.
"use strict";

const fs = require("fs");
const [, , name, , path] = process.argv;

try {
  require.resolve(name === "edifact" ? "edifact/parser.js" : name);
} catch {
  process.exit(69);
}

// Counts what a stream yields; an error ends the process with a failure.
function count(stream) {
  let segments = 0;
  stream.on("error", (error) => {
    throw error;
  });
  stream.on("data", () => (segments += 1));
  stream.on("end", () => process.exit(segments > 0 ? 0 : 1));
}

// Counts the segments that events tell of.
function events(parser) {
  let segments = 0;
  const closed = () => (segments += 1);
  for (const nothing of ["opensegment", "element", "component"]) {
    if (typeof parser.on === "function") parser.on(nothing, () => {});
  }
  parser.on("closesegment", closed);
  parser.write(fs.readFileSync(path, "utf8"));
  parser.end();
  process.exit(segments > 0 ? 0 : 1);
}

const parsers = {
  "node-x12": () => {
    const { X12Parser } = require("node-x12");
    count(fs.createReadStream(path).pipe(new X12Parser()));
  },
  "x12-parser": () => {
    const { X12parser } = require("x12-parser");
    count(fs.createReadStream(path).pipe(new X12parser()));
  },
  edifact: () => {
    const Parser = require("edifact/parser.js");
    const parser = new Parser();
    parser.encoding("UNOC");
    events(parser);
  },
};
parsers[name]();
