//! The closed list of finding codes: name, effect, meaning and remedy. The page of codes is generated from it.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Note,
    /// Looks wrong; nothing stops unless a policy says so.
    Warning,
    /// Stops the line, document or file.
    Error,
}

impl Severity {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding does when the flow's policy does not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing: it is a remark in the report.
    Note,
    /// The line is a duplicate and is left out, counted.
    DuplicateLine,
    /// The document is a duplicate and is left out, counted.
    DuplicateDocument,
    /// The document waits for a person; the others go on.
    HoldDocument,
    /// The document is rejected; the others go on.
    RejectDocument,
    /// The whole file is a duplicate; nothing is written.
    DuplicateFile,
    /// The whole file waits for a person.
    HoldFile,
    /// The whole file is rejected; its bytes and the reason are kept in quarantine.
    RejectFile,
    /// The directory entry is no input and is left where it is, reported once.
    SkipFile,
    /// The configuration or table is refused; the program does not start with it.
    Refuse,
}

impl Effect {
    /// The outcome class as the reports print it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "NOTE",
            Self::DuplicateLine | Self::DuplicateDocument | Self::DuplicateFile => "DUPLICATE",
            Self::HoldDocument | Self::HoldFile => "HOLD",
            Self::RejectDocument => "PARTIAL",
            Self::RejectFile => "REJECT",
            Self::SkipFile => "SKIP",
            Self::Refuse => "REFUSE",
        }
    }
}

macro_rules! codes {
    ($($section:literal { $($name:ident $text:literal $severity:ident $effect:ident $meaning:literal $remedy:literal)* })*) => {
        /// A stable finding code. Codes are never renamed or given another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $meaning] $name,)*)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The upper-case name used in files, reports and tests.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$name => $text,)*)* }
            }
            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $($(Self::$name => Severity::$severity,)*)* }
            }
            /// What it does by default.
            #[must_use]
            pub const fn effect(self) -> Effect {
                match self { $($(Self::$name => Effect::$effect,)*)* }
            }
            /// What it means, one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $($(Self::$name => $meaning,)*)* }
            }
            /// What to do, one sentence.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $($(Self::$name => $remedy,)*)* }
            }
            /// The heading it stands under in the documentation.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $($(Self::$name => $section,)*)* }
            }
        }
    };
}

codes! {
    "Files and names" {
        FileEmpty "FILE_EMPTY" Error RejectFile "The file has no bytes." "Ask the sender for the file again."
        FileTooLarge "FILE_TOO_LARGE" Error RejectFile "The file is larger than the limit." "Split the file or raise `max_file_bytes`."
        FileTruncated "FILE_TRUNCATED" Error RejectFile "The file ends in the middle of its structure." "Ask the sender for the complete file."
        NoRecords "NO_RECORDS" Error RejectFile "The file has a header but no records." "Ask the sender, or set `empty = \"accept\"` for a feed that may be empty."
        FormatUnknown "FORMAT_UNKNOWN" Error RejectFile "No layout recognises the file." "Name the layout with `--from`, or describe the file in a layout of your own."
        LayoutAmbiguous "LAYOUT_AMBIGUOUS" Error RejectFile "Several layouts recognise the file equally well." "Name the layout with `--from`."
        ArchiveNotAllowed "ARCHIVE_NOT_ALLOWED" Error RejectFile "The file is a compressed archive." "Drop the unpacked file."
        NameUnsafe "NAME_UNSAFE" Warning SkipFile "The file name is not a plain name." "Rename the file at the source."
        NameConfusable "NAME_CONFUSABLE" Note Note "The file name holds characters that hide or reorder text." "Check who sent the file."
        NotARegularFile "NOT_A_REGULAR_FILE" Warning SkipFile "The entry is a link, folder, pipe, socket or device." "Drop regular files only."
        HardLinked "HARD_LINKED" Error HoldFile "The file has a second name elsewhere (hard link)." "Remove the other name, or drop a copy."
        NoPermission "NO_PERMISSION" Error HoldFile "The file cannot be read or moved." "Give the service user read and write permission on the file and its folder."
        StalePartial "STALE_PARTIAL" Warning SkipFile "A file with a temporary name has been lying here for long." "Check whether the upload broke off."
        StillWriting "STILL_WRITING" Error HoldFile "The file kept changing after it was taken." "Have the sender write to a temporary name and rename it."
        MarkerWithoutFile "MARKER_WITHOUT_FILE" Warning SkipFile "A marker file has no data file." "Check whether the data file was delivered."
        Vanished "VANISHED" Warning SkipFile "The file went away before it was taken." "Check whether the sender removed it."
        OrphanClaim "ORPHAN_CLAIM" Warning HoldFile "A file in the private claim folder belongs to no record." "Look at the file in quarantine; drop it again if it is wanted."
        OutNameTaken "OUT_NAME_TAKEN" Error HoldFile "The target already has another file of this name." "Move the foreign file away; the output is published at the next run."
        Companion "COMPANION" Note Note "The file holds the lines of another file." "Nothing; look at that file."
        CompanionMissing "COMPANION_MISSING" Error HoldFile "The second file of a pair has not arrived." "Drop the missing file."
        Poison "POISON" Error RejectFile "Processing broke off at every attempt." "Report the file; it is kept unchanged."
        ExportMissing "EXPORT_MISSING" Error HoldFile "The file is to be filled into the last export of a system, and there is none." "Put the system's export where `fill` of the output looks for it; the file waits."
        ExportStale "EXPORT_STALE" Error HoldFile "The last export that the file is to be filled into is too old." "Put a new export where `fill` of the output looks for it; the file waits."
        ExportUnusable "EXPORT_UNUSABLE" Error HoldFile "The last export that the file is to be filled into cannot be read." "Export again, and do not open the file; the file to be filled in waits."
        ExportUsed "EXPORT_USED" Note Note "The file was filled into this export." "Nothing."
        ExportRowMissing "EXPORT_ROW_MISSING" Error HoldDocument "The export has no row of this key, so that nothing can be filled in." "List the item in the system, export again and release it; or check the crosswalk."
        ExportRowAmbiguous "EXPORT_ROW_AMBIGUOUS" Error HoldDocument "The export has several rows of this key." "Give each item its own SKU in the system, or set `key` of the output's `fill`."
        ExportRowTwice "EXPORT_ROW_TWICE" Error HoldDocument "Two of ours are for the same row of the export." "Send one value for each item and location."
        ExportRowUnchanged "EXPORT_ROW_UNCHANGED" Note Note "Rows of the export have these values already, and are left out." "Nothing."
        InternalError "INTERNAL_ERROR" Error RejectFile "The program failed on this file." "Report the file; it is kept unchanged."
    }
    "Encodings" {
        EncodingInvalid "ENCODING_INVALID" Error RejectFile "The bytes are not valid in the encoding." "Set the layout's `encoding` to what the sender writes."
        EncodingUnsupported "ENCODING_UNSUPPORTED" Error RejectFile "The file's encoding is not the one agreed." "Set the layout's `encoding`, or ask the sender for UTF-8."
        EncodingMismatch "ENCODING_MISMATCH" Error RejectFile "The declared encoding is not that of the bytes." "Ask the sender to correct the declaration."
        EncodingDetected "ENCODING_DETECTED" Note Note "The encoding was guessed from the bytes." "Declare the encoding in the layout to be sure."
        EncodingTarget "ENCODING_TARGET" Error RejectDocument "The target's encoding cannot represent a character." "Map the character, or let the target take UTF-8."
        MojibakeSuspect "MOJIBAKE_SUSPECT" Note Note "Text looks as if it was encoded twice." "Ask the sender to check the export's encoding."
        ControlChar "CONTROL_CHAR" Error RejectFile "The text holds a control character that no sound file has." "Ask the sender for a clean file."
        ByteOrderMark "BYTE_ORDER_MARK" Note Note "A byte order mark stands inside the text." "Ask the sender not to join files byte by byte."
    }
    "CSV and other delimited files" {
        CsvOpenQuote "CSV_OPEN_QUOTE" Error RejectFile "A quote is opened and never closed." "Ask the sender for the complete file; a quote inside a value is written twice."
        CsvQuoteSpansRows "CSV_QUOTE_SPANS_ROWS" Error RejectFile "A quoted value swallows the rows after it." "Look for a stray quote at the position."
        CsvTextAfterQuote "CSV_TEXT_AFTER_QUOTE" Error RejectFile "Text stands after a closing quote." "A quote inside a quoted value is written twice."
        CsvBareQuote "CSV_BARE_QUOTE" Error RejectFile "A quote stands inside an unquoted value." "Quote the value and double the quote, or set `quote = \"none\"` in the layout."
        CsvFieldCount "CSV_FIELD_COUNT" Error RejectDocument "A row has another number of values than the header." "Look for a missing or an extra delimiter in the row."
        CsvDelimiter "CSV_DELIMITER" Error RejectFile "The file uses another delimiter than the layout says." "Correct the layout's `delimiter`, or the export's setting."
        CsvDialectAmbiguous "CSV_DIALECT_AMBIGUOUS" Error RejectFile "Several delimiters would fit." "Name the layout with `--from`."
        CsvNoFinalNewline "CSV_NO_FINAL_NEWLINE" Error RejectFile "The last row does not end in a line break, so it may be cut." "Ask for the file again, or set `final_newline = \"optional\"` if the sender never writes one."
        CsvHeaderMissing "CSV_HEADER_MISSING" Error RejectFile "A required column is not in the header." "Export the column, or correct its name in the layout."
        CsvHeaderDuplicate "CSV_HEADER_DUPLICATE" Error RejectFile "A bound column stands twice in the header." "Remove or rename one of the two."
        CsvColumnUnknown "CSV_COLUMN_UNKNOWN" Note Note "The header has a column that the layout does not know." "Nothing, unless it is wanted: bind it in the layout, or list it there under `known`."
        CsvStructure "CSV_STRUCTURE" Error RejectFile "The rows have not the structure of the layout: no header in the first rows, a second one later, columns that a strict layout does not know, or too many rows of another width." "Look at the message: remove what is no row of this table, or correct the layout's `signature`."
        LineEndingsMixed "LINE_ENDINGS_MIXED" Note Note "The file mixes line endings." "Nothing; both are read."
        EndOfFileMark "END_OF_FILE_MARK" Note Note "The file ends in a Ctrl-Z character." "Nothing; it is ignored."
        FooterSkipped "FOOTER_SKIPPED" Note Note "Records that are no goods were passed over: footers, blank rows, and what the layout names." "Nothing; they are counted."
        ExcelNumber "EXCEL_NUMBER" Error RejectDocument "An identifier was turned into a number such as 1.23E+12 by a spreadsheet." "Export again and drop the file without opening it in a spreadsheet."
        GroupNotContiguous "GROUP_NOT_CONTIGUOUS" Error RejectFile "The rows of one document do not stand together, so that half of it would be sent." "Sort the export by document."
        FieldTooLong "FIELD_TOO_LONG" Error RejectFile "A value is longer than the limit." "Look for a stray quote, or ask the sender."
        TooManyFields "TOO_MANY_FIELDS" Error RejectFile "A record has more values than the limit." "Ask the sender for a sound file."
        DocumentTooLarge "DOCUMENT_TOO_LARGE" Error RejectFile "One document is larger than the limit." "Ask the sender to split it."
    }
    "Fixed width" {
        FixedStructure "FIXED_STRUCTURE" Error RejectFile "A record stands where it cannot: before the first document, or without the record that it belongs to." "Ask the sender for the complete file, or correct the `parent` of the record in the layout."
        FixedRecordUnknown "FIXED_RECORD_UNKNOWN" Note Note "The file has a record that the layout does not know; it was passed over." "Nothing, unless it is wanted: list it in the layout under `[[fixed.records]]`."
        FixedTarget "FIXED_TARGET" Error RejectDocument "A value is longer than its place in the record that would be written." "Shorten the value, or set `max_length` in the layout if it may be cut."
    }
    "XML" {
        XmlDoctype "XML_DOCTYPE" Error RejectFile "The file has a DOCTYPE, which can reach files and networks." "Ask the sender to leave the DOCTYPE out."
        XmlEntity "XML_ENTITY" Error RejectFile "An entity is used that is not one of the five of XML." "Ask the sender to write the character itself."
        XmlTruncated "XML_TRUNCATED" Error RejectFile "The file ends inside an element." "Ask the sender for the complete file."
        XmlNotWellFormed "XML_NOT_WELL_FORMED" Error RejectFile "The file is not well-formed XML." "Correct the markup at the position."
        XmlChar "XML_CHAR" Error RejectFile "A character is not allowed in XML." "Ask the sender to remove the character."
        XmlDepth "XML_DEPTH" Error RejectFile "Elements are nested deeper than the limit." "Ask the sender for a sound file."
        XmlAttributes "XML_ATTRS" Error RejectFile "An element has more attributes than the limit." "Ask the sender for a sound file."
        XmlNamespaces "XML_NAMESPACES" Error RejectFile "An element declares more namespaces than the limit." "Ask the sender for a sound file."
        XmlVersion "XML_VERSION" Error RejectFile "The file is not XML 1.0." "Ask the sender for XML 1.0."
        XmlWrongDocument "XML_WRONG_DOCUMENT" Error RejectFile "The root element or namespace is not the layout's." "Use the layout of this document."
        XmlUnexpected "XML_UNEXPECTED" Error RejectDocument "The content has a form that the layout does not bind." "Correct the file or extend the layout."
        XmlReferenceIgnored "XML_REFERENCE_IGNORED" Note Note "A reference to an outside resource was ignored." "Nothing; it is never fetched."
    }
    "X12" {
        X12NoIsa "X12_NO_ISA" Error RejectFile "The file does not begin with an ISA segment." "Ask the sender for an X12 interchange."
        X12IsaLength "X12_ISA_LENGTH" Error RejectFile "The ISA segment has not the fixed layout of 106 characters." "Ask the sender to pad the ISA elements."
        X12Delimiters "X12_DELIMITERS" Error RejectFile "Two delimiters of the ISA are equal, or one is a letter, a digit or a blank." "Ask the sender to choose other delimiters."
        X12NoIea "X12_NO_IEA" Error RejectFile "The interchange has no IEA trailer, so the file may be cut." "Ask the sender for the complete file."
        X12InterchangeControl "X12_INTERCHANGE_CONTROL" Error RejectFile "ISA13 and IEA02 differ." "Ask the sender to correct the control number."
        X12GroupCount "X12_GROUP_COUNT" Error RejectFile "IEA01 is not the number of groups." "Ask the sender for the complete file."
        X12GroupControl "X12_GROUP_CONTROL" Error RejectFile "GS06 and GE02 differ." "Ask the sender to correct the control number."
        X12SetCount "X12_SET_COUNT" Error RejectFile "GE01 is not the number of transaction sets." "Ask the sender for the complete file."
        X12NoGe "X12_NO_GE" Error RejectFile "A group has no GE trailer." "Ask the sender for the complete file."
        X12SetControl "X12_SET_CONTROL" Error RejectDocument "ST02 and SE02 differ." "Ask the sender to correct the control number."
        X12SegmentCount "X12_SEGMENT_COUNT" Error RejectDocument "SE01 is not the number of segments." "Ask the sender for the complete transaction set."
        X12NoSe "X12_NO_SE" Error RejectDocument "A transaction set has no SE trailer." "Ask the sender for the complete transaction set."
        X12DuplicateSet "X12_DUPLICATE_SET" Error RejectDocument "Two transaction sets of one group have the same ST02." "Ask the sender to number the sets."
        X12SetUnexpected "X12_SET_UNEXPECTED" Error RejectDocument "The transaction set is not one this layout reads." "Use the layout of this transaction set."
        X12Release "X12_RELEASE" Error RejectFile "The release in GS08 is not one this layout reads." "Use a layout of this release."
        X12SegmentMissing "X12_SEGMENT_MISSING" Error RejectDocument "A mandatory segment is missing." "Ask the sender to correct the transaction set."
        X12SegmentError "X12_SEGMENT_ERROR" Error RejectDocument "A segment does not agree with the definition of its transaction set." "Ask the sender to correct the transaction set; the number is that of X12's list of segment errors."
        X12ElementError "X12_ELEMENT_ERROR" Error RejectDocument "An element does not agree with its definition." "Ask the sender to correct the value; the number is that of X12's list of element errors."
        X12NotChecked "X12_NOT_CHECKED" Note Note "No definition of this transaction set in this release is in the box, so only its envelope was checked." "Nothing, or use a release that `consign layouts show` knows."
        X12Structure "X12_STRUCTURE" Error RejectFile "A segment stands where the envelope does not allow it." "Ask the sender for a sound interchange."
        X12TestIndicator "X12_TEST_INDICATOR" Warning Note "ISA15 says that this is test data." "Use a test flow for it."
        X12Target "X12_TARGET" Error RejectDocument "The document cannot be written as a sound transaction set." "Correct the value, or have the layout leave it out or cut it."
        X12SegmentTooLong "X12_SEGMENT_TOO_LONG" Error RejectFile "A segment is longer than the limit; a terminator may be missing." "Ask the sender for a sound interchange."
        X12BinaryLength "X12_BINARY_LENGTH" Error RejectFile "Binary data is not as long as its segment states." "Ask the sender for a sound interchange."
    }
    "EDIFACT" {
        EdifactNoUnb "EDIFACT_NO_UNB" Error RejectFile "No UNB begins the interchange, or its separators are not the default ones and no UNA tells them." "Ask the sender for an EDIFACT interchange, with UNA if its separators are its own."
        EdifactUna "EDIFACT_UNA" Error RejectFile "The UNA has not six characters, or two separators are equal, or one is a letter, a digit or a blank." "Ask the sender to correct UNA or to leave it out."
        EdifactSyntax "EDIFACT_SYNTAX" Error RejectFile "The syntax identifier or version of UNB is not supported." "Ask the sender for UNOA to UNOL, UNOW or UNOY and syntax 1 to 4."
        EdifactTarget "EDIFACT_TARGET" Error RejectDocument "The document cannot be written as a sound message." "Correct the value, or have the layout leave it out or cut it."
        EdifactCharacter "EDIFACT_CHARACTER" Error RejectDocument "A character is not in the set that UNB names." "Ask the sender to name the set it writes, such as UNOC."
        EdifactRelease "EDIFACT_RELEASE" Error RejectFile "A release character has nothing behind it." "Ask the sender for the complete file."
        EdifactReleaseNeedless "EDIFACT_RELEASE_NEEDLESS" Note Note "A release character stands before a character that needs none." "Nothing; the character is taken as it is."
        EdifactNoUnz "EDIFACT_NO_UNZ" Error RejectFile "The interchange has no UNZ trailer, so the file may be cut." "Ask the sender for the complete file."
        EdifactInterchangeControl "EDIFACT_INTERCHANGE_CONTROL" Error RejectFile "The control references of UNB and UNZ differ." "Ask the sender to correct the reference."
        EdifactInterchangeCount "EDIFACT_INTERCHANGE_COUNT" Error RejectFile "UNZ does not state the number of messages, or of groups where there are groups." "Ask the sender for the complete file."
        EdifactGroupControl "EDIFACT_GROUP_CONTROL" Error RejectFile "The references of UNG and UNE differ." "Ask the sender to correct the reference."
        EdifactMessageCount "EDIFACT_MESSAGE_COUNT" Error RejectFile "UNE does not state the number of messages of its group." "Ask the sender for the complete file."
        EdifactNoUne "EDIFACT_NO_UNE" Error RejectFile "A group has no UNE trailer." "Ask the sender for the complete file."
        EdifactMixed "EDIFACT_MIXED" Error RejectFile "An interchange has messages in groups and outside of them." "Ask the sender to use groups for all messages or for none."
        EdifactMessageReference "EDIFACT_MESSAGE_REFERENCE" Error RejectDocument "The message references of UNH and UNT differ." "Ask the sender to correct the reference."
        EdifactSegmentCount "EDIFACT_SEGMENT_COUNT" Error RejectDocument "UNT does not state the number of segments." "Ask the sender for the complete message."
        EdifactNoUnt "EDIFACT_NO_UNT" Error RejectDocument "A message has no UNT trailer." "Ask the sender for the complete message."
        EdifactDuplicateMessage "EDIFACT_DUPLICATE_MESSAGE" Error RejectDocument "Two messages of one interchange have the same reference." "Ask the sender to number the messages."
        EdifactMessageUnexpected "EDIFACT_MESSAGE_UNEXPECTED" Error RejectDocument "The message is not of a type or directory that this layout reads." "Use the layout of this message."
        EdifactSegmentMissing "EDIFACT_SEGMENT_MISSING" Error RejectDocument "A mandatory segment is missing." "Ask the sender to correct the message."
        EdifactSegmentError "EDIFACT_SEGMENT_ERROR" Error RejectDocument "A segment does not agree with the definition of its message." "Ask the sender to correct the message; the number is that of CONTRL's list of errors (0085)."
        EdifactElementError "EDIFACT_ELEMENT_ERROR" Error RejectDocument "An element or component does not agree with its definition." "Ask the sender to correct the value; the number is that of CONTRL's list of errors (0085)."
        EdifactNotChecked "EDIFACT_NOT_CHECKED" Note Note "No definition of this message in this directory is in the box, so only its envelope was checked." "Nothing, or use a directory that `consign layouts show` knows."
        EdifactStructure "EDIFACT_STRUCTURE" Error RejectFile "A segment stands where the envelope does not allow it." "Ask the sender for a sound interchange."
        EdifactTestIndicator "EDIFACT_TEST_INDICATOR" Warning Note "UNB says that this is test data." "Use a test flow for it."
        EdifactWrapped "EDIFACT_WRAPPED" Note Note "Line breaks stand inside segments." "Nothing; they are no data and were dropped."
        EdifactSegmentTooLong "EDIFACT_SEGMENT_TOO_LONG" Error RejectFile "A segment is longer than the limit; a terminator may be missing." "Ask the sender for a sound interchange."
    }
    "Agreements" {
        PartnerUnknown "PARTNER_UNKNOWN" Error HoldDocument "The sender of the interchange or group is not the partner of the agreement." "Check who sent the file; correct the agreement if the partner has another identifier."
        PartnerReceiver "PARTNER_RECEIVER" Error HoldDocument "The interchange or group is addressed to somebody else than the agreement says." "Check whether the file was meant for you; correct the agreement if it was."
        PartnerUsage "PARTNER_USAGE" Error HoldDocument "The usage indicator, test or production, is not the one agreed." "Never take test data for orders: ask the partner, or agree on `usage`."
        PartnerRelease "PARTNER_RELEASE" Error RejectDocument "The release of the group is not agreed." "Ask the partner for an agreed release, or add it to the agreement."
        PartnerSet "PARTNER_SET" Error RejectDocument "The transaction set is not agreed." "Ask the partner why it was sent, or add it to `receives` in the agreement."
        AckReceived "ACK_RECEIVED" Note Note "The file answers what was sent." "Nothing; see `consign report acknowledgements`."
        AckRejected "ACK_REJECTED" Warning Note "The partner rejects what was sent, or a part of it." "Correct the rejected sets and send them again."
        AckUnmatched "ACK_UNMATCHED" Warning Note "An answer names nothing that waits for one." "Check with the partner which interchange it is about."
        ControlNumberGap "CONTROL_NUMBER_GAP" Warning Note "Control numbers of the partner's interchanges, or of its groups of one kind, are missing before this one." "Ask the partner for what is missing; see `consign status`."
        ControlNumberLate "CONTROL_NUMBER_LATE" Note Note "The control number of an interchange or group fills a gap." "Nothing."
        ControlNumbersUsedUp "CONTROL_NUMBERS_USED_UP" Error HoldFile "The agreement has no control number left for what would be written." "Extend the range in `numbers` of the agreement, then drop the file again."
        AckUnreadable "ACK_UNREADABLE" Error HoldFile "An answer gives no verdict that the standard knows." "Ask the partner for a sound acknowledgement."
    }
    "Values" {
        FieldMissing "FIELD_MISSING" Error RejectDocument "A required value is missing." "Ask the sender to fill it in."
        LevelSeveral "LEVEL_SEVERAL" Warning Note "A level holds several values of which the lines below it can have one; the first was taken." "Ask the sender for a level for each package."
        FieldRepeated "FIELD_REPEATED" Error RejectDocument "A value stands twice where one is allowed." "Ask the sender which one counts."
        ValueInvalid "VALUE_INVALID" Error RejectDocument "A value has not the form that the field needs." "Correct the value, or the layout's format."
        ValueRange "VALUE_RANGE" Error RejectDocument "A number is outside the range that can be right." "Check the value with the sender."
        ValueUnmapped "VALUE_UNMAPPED" Warning Note "A code value is not in the layout's table; it was kept as it is." "Add the value to the layout."
        DateInvalid "DATE_INVALID" Error RejectDocument "A date or time does not exist or has another form." "Correct the date, or the layout's date format."
        DateOrder "DATE_ORDER" Warning Note "A date lies before one it must follow, or an order's in the future." "Check the dates with the sender."
        GtinCheckDigit "GTIN_CHECK_DIGIT" Warning Note "The check digit of a GTIN is wrong." "Check the number with the sender."
        ControlTotal "CONTROL_TOTAL" Error RejectDocument "A total that the document states is not what its lines add up to; or a file\'s trailer does not agree with its records, and the whole file is rejected." "Ask the sender for the complete document or file."
        LineAmount "LINE_AMOUNT" Warning Note "Quantity times price less discount is not the line's amount." "Check the line with the sender."
        OrderTotal "ORDER_TOTAL" Warning Note "The order's parts do not add up to its total." "Check the order; see the message for the difference."
        TaxIncluded "TAX_INCLUDED" Note Note "The arithmetic shows that prices include tax." "Nothing."
        TextCut "TEXT_CUT" Warning Note "A text is longer than its place in what is written, and was cut." "Shorten the text, or have the partner take it elsewhere."
        ValueLeftOut "VALUE_LEFT_OUT" Warning Note "What is written has no place for a value, or none for one of this form, so that it was left out." "Tell the partner in another way, or write another layout."
        LinesMissing "LINES_MISSING" Error RejectDocument "A document that needs lines has none." "Ask the sender for the lines."
        NoLinesInLayout "NO_LINES_IN_LAYOUT" Warning Note "This kind of file carries no lines, only headers." "Use it for totals, not to create orders."
        SkuMissing "SKU_MISSING" Error RejectDocument "A line has neither SKU nor GTIN." "Give the product a SKU in the shop."
    }
    "Duplicates" {
        DuplicateContent "DUPLICATE_CONTENT" Warning DuplicateFile "The same bytes were received before." "Nothing; release the file if it was meant to be sent twice."
        DuplicateControlNumber "DUPLICATE_CONTROL_NUMBER" Error RejectFile "The interchange control number was used before for other bytes." "Ask the sender which of the two counts."
        DuplicateDocument "DUPLICATE_DOCUMENT" Note DuplicateDocument "The same document was received before, unchanged." "Nothing; it is counted and left out."
        ChangedDocument "CHANGED_DOCUMENT" Warning HoldDocument "A document received before came again with changes." "Compare the two, then release it as a change or discard it."
        ConflictingDocument "CONFLICTING_DOCUMENT" Error HoldDocument "The file holds the same document twice with different content." "Ask the sender which of the two counts."
        OrderChanged "ORDER_CHANGED" Note Note "An order that went out before came again with changes, and goes out as a change." "Nothing; the place names the fields that changed."
        OrderCancelled "ORDER_CANCELLED" Note Note "An order is cancelled, and goes out as a cancellation." "Nothing."
        OrderRefunded "ORDER_REFUNDED" Note Note "More of an order was refunded than was told before." "Nothing; the difference goes out once."
        OlderVersion "OLDER_VERSION" Warning DuplicateDocument "An order is as it was before it was refunded or cancelled: the export is an older one." "Nothing; it is counted and left out."
        ChangeNotWritten "CHANGE_NOT_WRITTEN" Note DuplicateDocument "An order that went out before came again with changes of fields that no output writes." "Nothing; it is counted and left out."
        DuplicateLine "DUPLICATE_LINE" Warning DuplicateLine "The same line stands twice in its document." "Nothing; the second is left out and counted."
        ReleaseDiffers "RELEASE_DIFFERS" Error HoldFile "A released file is not read as it was when its documents were held, so that they cannot be told." "Have the layout as it was and release again, or correct the file."
        StaleSnapshot "STALE_SNAPSHOT" Error HoldFile "The stock snapshot is older than the one applied last." "Release it only if the newer one was wrong."
    }
    "Translation" {
        SkuUnknown "SKU_UNKNOWN" Error HoldDocument "The crosswalk has no item for the SKU." "Add the SKU to the crosswalk, then release the document."
        UnitUnknown "UNIT_UNKNOWN" Error HoldDocument "The unit is not in the unit crosswalk." "Add the unit to the crosswalk, then release the document."
        UnitNotWhole "UNIT_NOT_WHOLE" Error HoldDocument "The quantity is no whole number of the ERP's unit." "Correct the pack factor or agree another unit."
        UnitInexact "UNIT_INEXACT" Error HoldDocument "The converted quantity cannot be written exactly." "Correct the pack factor."
        PriceRounded "PRICE_ROUNDED" Note Note "The converted unit price was rounded; the amount was kept." "Nothing."
        CustomerUnknown "CUSTOMER_UNKNOWN" Error HoldDocument "The crosswalk has no ERP customer for this one." "Add the customer to the crosswalk, then release the document."
        CustomerDoubtful "CUSTOMER_DOUBTFUL" Error HoldDocument "The buyer may be one of the customers that are known, or somebody else." "Compare the two; give the known customer the e-mail or phone of the order if they are the same, then release the document."
        LocationUnknown "LOCATION_UNKNOWN" Error HoldDocument "The crosswalk has no ERP location for this one." "Add the location to the crosswalk, then release the document."
        CarrierUnknown "CARRIER_UNKNOWN" Error HoldDocument "The crosswalk has no ERP carrier for this one." "Add the carrier to the crosswalk, then release the document."
        QuantityImplausible "QUANTITY_IMPLAUSIBLE" Error HoldDocument "The quantity is far above what is usual for this SKU, or above the limit." "Ask the buyer, then release or discard the document."
    }
    "Endpoints" {
        HostKeyUnknown "HOST_KEY_UNKNOWN" Error HoldFile "No key of the server is pinned, so that nothing is sent to it." "Compare the fingerprint with the server's owner, then run `consign endpoint trust NAME`."
        HostKeyChanged "HOST_KEY_CHANGED" Error HoldFile "The server shows another key than those pinned. It may be another server." "Ask the server's owner; pin the new key only when they confirm it."
        SshAlgorithm "SSH_ALGORITHM" Error HoldFile "The server offers only algorithms that are broken." "Ask the server's owner for current ones."
        SecretMissing "SECRET_MISSING" Error HoldFile "A secret is not where the configuration says." "Set the variable, or put the file there."
        SecretMode "SECRET_MODE" Error HoldFile "A file with a secret can be read by others." "Run `chmod 600` on it."
        RemoteLogin "REMOTE_LOGIN" Error HoldFile "The server does not let the user in." "Check user, key and password with the server's owner."
        RemoteUnreachable "REMOTE_UNREACHABLE" Warning HoldFile "The server cannot be reached, or the connection broke." "Nothing at first: it is tried again. Check the network if it lasts."
        RemoteMissing "REMOTE_MISSING" Error HoldFile "A folder or file is not on the server." "Correct the folder in the configuration, or have it made."
        RemotePermission "REMOTE_PERMISSION" Error HoldFile "The server does not permit it." "Ask the server's owner for the permission."
        RemoteRefused "REMOTE_REFUSED" Error HoldFile "The server refuses." "Look at the message; run `consign endpoint test NAME`."
        RemoteNameUnsafe "REMOTE_NAME_UNSAFE" Warning SkipFile "A name in the server's listing is no plain name, or stands there twice." "Ask the server's owner who put it there."
        RemoteListingLimit "REMOTE_LISTING_LIMIT" Error HoldFile "The folder has more entries than are read, or is listed too slowly." "Have the folder tidied."
        RemoteSizeMismatch "REMOTE_SIZE_MISMATCH" Warning HoldFile "Another number of bytes came than the server lists, or the file changed meanwhile." "Nothing at first: it is fetched again."
        RemoteWriteFailed "REMOTE_WRITE_FAILED" Error HoldFile "The server kept another number of bytes than were sent." "Nothing at first: it is sent again. Check the server's disk if it lasts."
        RemoteNameTaken "REMOTE_NAME_TAKEN" Error HoldFile "The server already has another file of this name." "Ask the partner about it; move it away, and it is sent."
        RemoteCleanup "REMOTE_CLEANUP_FAILED" Warning Note "A received file could not be removed or moved on the server. It is not taken again." "Ask the server's owner for the permission; it is tried again."
        RemoteUnconfirmed "REMOTE_UNCONFIRMED" Warning HoldFile "The reply to a delivery was lost, and neither its file nor its temporary file is on the server: somebody has most likely taken it. It is not sent again." "Ask the partner whether it came."
    }
    "Balance" {
        OutOfBalance "OUT_OF_BALANCE" Error HoldFile "What came in is not what went out plus what was held back." "Report this; nothing of the file was sent."
    }
    "Configuration, crosswalks and layouts" {
        ConfigSyntax "CONFIG_SYNTAX" Error Refuse "The file is not valid TOML." "Correct the line."
        ConfigUnknownKey "CONFIG_UNKNOWN_KEY" Error Refuse "A key is not known here." "Use the nearest valid name."
        ConfigValue "CONFIG_VALUE" Error Refuse "A value is not of the kind this key needs." "See the reference of the key."
        ConfigReference "CONFIG_REFERENCE" Error Refuse "A name refers to something that does not exist." "Use the nearest valid name, or add what is missing."
        ConfigDuplicate "CONFIG_DUPLICATE" Error Refuse "Two entries have the same name." "Rename one of them."
        ConfigOverlap "CONFIG_OVERLAP" Error Refuse "Two folders overlap, so that a file could be taken twice or in a circle." "Give each flow a folder of its own."
        ConfigPath "CONFIG_PATH" Error Refuse "A path cannot be used." "Create the folder, or correct the path."
        ConfigPlainSecret "CONFIG_PLAIN_SECRET" Error Refuse "A secret stands in plain text." "Refer to it: `env:NAME` or `file:PATH`."
        ConfigMode "CONFIG_MODE" Error Refuse "The file can be changed by others." "Run `chmod go-w` on it."
        LayoutField "LAYOUT_FIELD" Error Refuse "A layout binds a field that the document kind does not have." "Use the nearest valid name."
        LayoutBinding "LAYOUT_BINDING" Error Refuse "A layout's binding is impossible." "Correct the binding as the message says."
        TableColumns "TABLE_COLUMNS" Error Refuse "A crosswalk has not the columns it needs." "See `consign crosswalk --help` for the columns."
        TableKeyDuplicate "TABLE_KEY_DUPLICATE" Error Refuse "A crosswalk has the same key twice for the same time." "Remove one row, or end its validity before the other begins."
        TableValue "TABLE_VALUE" Error Refuse "A crosswalk value is not valid." "Correct the value; a factor is a whole number or a ratio such as 12 or 1/12."
        TableContradiction "TABLE_CONTRADICTION" Error Refuse "Two rows of a crosswalk contradict each other." "Correct one of the rows."
        TableIncomplete "TABLE_INCOMPLETE" Error Refuse "A crosswalk is cut: its last row does not end in a line break." "Save the table again."
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_upper_case() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')));
    }

    #[test]
    fn errors_stop_something_and_notes_do_not() {
        for code in Code::ALL {
            let stops = code.effect() != Effect::Note;
            assert!(code.severity() != Severity::Error || stops, "{code} is an error without an effect");
        }
    }
}
