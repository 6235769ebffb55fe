//! Every limit, by name. Nothing in Consign grows with hostile input beyond one of these.

/// Largest input file, in bytes: 16 GiB.
pub const FILE_BYTES: u64 = 16 << 30;
/// Bytes of input cut into one batch, at a document border. Small enough that a batch and what is written from it stay
/// in a core's caches, large enough that what is done once a batch costs nothing.
pub const CHUNK_BYTES: usize = 512 << 10;
/// Bytes of input read by one call.
pub const READ_BYTES: usize = 256 << 10;
/// Bytes of output written by one call. The kernel copies pieces that fit a core's cache several times as fast as larger
/// ones.
pub const WRITE_BYTES: usize = 256 << 10;
/// Bytes of an output written before they are sent to the disk beside the work.
pub const UNSYNCED_BYTES: usize = 16 << 20;
/// Largest single document, in bytes: a document that does not fit a chunk is read up to this size.
pub const DOCUMENT_BYTES: usize = 64 << 20;
/// Most text held while the end of an XML document is looked for: one that is too large is seen as such before.
pub const DOCUMENT_TEXT_BYTES: usize = DOCUMENT_BYTES + 4 * FIELD_BYTES;
/// Chunks under way at once, per worker thread.
pub const CHUNKS_IN_FLIGHT_PER_WORKER: usize = 2;
/// Longest field of any format, in bytes: 64 KiB.
pub const FIELD_BYTES: usize = 64 << 10;
/// Most fields in one CSV row.
pub const ROW_FIELDS: usize = 4_096;
/// Line breaks inside one quoted CSV field before a stray quote is suspected.
pub const FIELD_LINE_BREAKS: usize = 20;
/// Rows searched for the header row of a table.
pub const HEADER_SEARCH_ROWS: usize = 20;
/// Share of rows with a wrong field count, in percent, above which the whole file is rejected.
pub const BAD_ROWS_PERCENT: u64 = 5;
/// Deepest XML nesting.
pub const XML_DEPTH: usize = 128;
/// Most attributes on one XML element.
pub const XML_ATTRIBUTES: usize = 256;
/// Bytes looked at to guess a delimiter.
pub const SNIFF_BYTES: usize = 64 << 10;
/// Longest X12 segment, in bytes.
pub const SEGMENT_BYTES: usize = 1 << 20;
/// Longest X12 segment with binary data (BIN, BDS), in bytes.
pub const BINARY_BYTES: usize = 32 << 20;
/// Most elements in one X12 segment.
pub const SEGMENT_ELEMENTS: usize = 256;
/// Deepest tree of HL levels in an X12 set; the deepest in use are shipment, order, tare, pack and item.
pub const HL_LEVELS: usize = 32;
/// Values of outer levels of an X12 set that are kept for the lines below them.
pub const LEVEL_VALUES: usize = 1_000;
/// Segments of one line of an X12 order that wait, and that splitting it among stores may make.
pub const SPLIT_SEGMENTS: usize = 100_000;
/// Characters of a found value that a finding shows.
pub const FOUND_CHARS: usize = 64;
/// Findings of one file kept in full; more are only counted.
pub const FINDINGS_KEPT: usize = 10_000;
/// Findings that stop a whole file, kept beyond the others: they are why it was stopped.
pub const STOPS_KEPT: usize = 100;
/// Most rows in one frame; with it, sums of decimals cannot wrap (see [`crate::document::decimal`]).
pub const FRAME_ROWS: usize = 100_000_000;
/// Most documents in one file.
pub const FILE_DOCUMENTS: usize = 50_000_000;
/// Most documents in one file of which each is written to a file of its own: each is a name in a folder and a row.
pub const EACH_DOCUMENTS: usize = 100_000;
/// Bytes of such files kept in memory, to be synced together; those behind them are synced one by one.
pub const EACH_IN_MEMORY: usize = 8 << 20;
/// Documents of one file that are known in memory; those before them are known from scratch files. About the documents of
/// 100 MB of orders, and little enough that the tables of 64 that hold them need not grow once more.
pub const KNOWN_IN_MEMORY: usize = 100_000;
/// Largest filter of one scratch file of documents, in bytes; at most 21 are open, of which 7 can be so large.
pub const RUN_FILTER_BYTES: usize = 4 << 20;
/// Bytes of the list of documents of one file that are kept in memory.
pub const DOCUMENTS_IN_MEMORY_BYTES: usize = 4 << 20;
/// Locations of one file whose stock snapshots are compared with earlier ones.
pub const LOCATIONS: usize = 10_000;
/// Most rows of a crosswalk table.
pub const CROSSWALK_ROWS: usize = 20_000_000;
/// Largest configuration or layout file, in bytes.
pub const CONFIG_BYTES: u64 = 4 << 20;
/// Largest export of a system that is filled in, in bytes; it is kept in memory with a table of its rows.
pub const EXPORT_BYTES: u64 = 256 << 20;
/// Files settled, processed and committed together.
pub const GROUP_FILES: usize = 256;
/// Bytes of input processed in one group before it is committed.
pub const GROUP_BYTES: u64 = 64 << 20;
/// Attempts at one file before it is put in quarantine as poison.
pub const ATTEMPTS: u32 = 3;
/// Free space below which nothing new is claimed, in bytes: 1 GiB.
pub const FREE_BYTES: u64 = 1 << 30;
/// Times a file that keeps changing is looked at before it is held.
pub const CHANGING_LOOKS: u32 = 3;
/// After this time without a change an upload under a temporary name counts as broken off.
pub const STALE_UPLOAD: std::time::Duration = std::time::Duration::from_secs(3_600);
/// How long, beyond the quiet time, one run waits for files that are still being written.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Longest file name kept, in bytes.
pub const NAME_BYTES: usize = 255;
/// Faults of one EDI set kept in full; more are only counted.
pub const SET_FAULTS: usize = 1_000;
/// Element faults of one EDI segment: as many as the acknowledgements can tell.
pub const SEGMENT_FAULTS: usize = 99;
/// Faults of segments and elements that one acknowledged interchange tells; beyond them its sets are rejected without.
pub const INTERCHANGE_FAULTS: usize = 200_000;
/// Sets of one EDI file that `inspect` shows unless it is asked for more.
pub const INSPECT_SETS: u64 = 20;
/// Rejected sets of one answer that are told by name.
pub const ANSWER_SETS: usize = 100;
/// Runs of group control numbers noted of one file; numbers of further ones are not looked at.
pub const GROUP_RUNS: usize = 10_000;
/// Longest time that an answer may take, in hours: a year.
pub const ANSWER_HOURS: usize = 8_760;
/// Seconds until a connection to a server must stand.
pub const CONNECT_SECS: u64 = 15;
/// Seconds between signs of life on a connection.
pub const KEEPALIVE_SECS: u32 = 15;
/// Most entries read of a server's folder.
pub const REMOTE_ENTRIES: usize = 100_000;
/// Seconds within which a server's folder must be listed.
pub const REMOTE_LISTING_SECS: u64 = 60;
/// Seconds that any file may take on its way from or to a server, beside what its size allows.
pub const REMOTE_FILE_SECS: u64 = 120;
/// Fewest bytes a second of a file on its way from or to a server.
pub const REMOTE_BYTES_PER_SEC: u64 = 4 << 10;
/// Bytes asked for by one read of a server's file; the library sends so many requests ahead.
pub const REMOTE_READ_BYTES: usize = 1 << 20;
/// Bytes handed over by one write to a server's file; at the end of each the library waits for the server.
pub const REMOTE_WRITE_BYTES: usize = 8 << 20;
/// Largest file of a secret or private key, in bytes.
pub const SECRET_BYTES: u64 = 64 << 10;
/// Most characters told of a fault of a server.
pub const FAULT_CHARS: usize = 300;
/// Characters of a customer's value that are compared.
pub const CUSTOMER_CHARS: usize = 200;
/// Codes without a translation that are told apart; more are only counted.
pub const GAPS: usize = 100_000;
/// Customers with one key, such as a company or a street, that a buyer is compared with.
pub const CUSTOMER_CANDIDATES: usize = 1_000;
/// Values of one kind that a customer is compared by.
pub const CUSTOMER_VALUES: usize = 4;
/// Most items among which an unknown SKU is looked for.
pub const SUGGEST_ITEMS: usize = 5_000_000;
/// Items looked at for one unknown SKU by what they share with it.
pub const SUGGEST_LOOKS: usize = 20_000;
/// Items compared closely with one unknown SKU, for each kind of likeness.
pub const SUGGEST_CLOSE_LOOKS: usize = 100;
/// Characters of a code or description that are compared.
pub const SUGGEST_CHARS: usize = 200;
/// Most items suggested for one unknown SKU.
pub const SUGGESTIONS: usize = 5;
/// Different values of a column that are counted exactly; beyond them the number is an estimate.
pub const PROFILE_DISTINCT: usize = 1_024;
/// Different values of a column that are kept as examples.
pub const PROFILE_VALUES: usize = 12;
/// Characters of an example.
pub const PROFILE_EXAMPLE_CHARS: usize = 40;
/// Keys of rows of one table that are remembered, to see whether rows of one key stand together.
pub const PROFILE_KEYS: usize = 1_000_000;
/// Rows of a table that are profiled unless more are asked for.
pub const PROFILE_ROWS: u64 = 10_000;
/// Different elements and attributes of an XML file that are profiled.
pub const PROFILE_PATHS: usize = 2_000;
/// Bytes of an XML file that are profiled.
pub const PROFILE_XML_BYTES: usize = 8 << 20;
/// Columns by which a drafted layout recognises its file.
pub const DRAFT_SIGNATURE: usize = 6;
/// Issues of one audit that are kept, the worst of them.
pub const AUDIT_ISSUES: usize = 10_000;
/// Places that an issue tells.
pub const AUDIT_PLACES: usize = 5;
/// Values of customers of one audit that are compared: e-mail addresses, telephone numbers, names with addresses.
pub const AUDIT_KEYS: usize = 3_000_000;
/// Groups of customers with something in common.
pub const AUDIT_GROUPS: usize = 50_000;
/// Members of one group that are told apart: customers, SKUs, units, prices.
pub const AUDIT_MEMBERS: usize = 8;
/// Different SKUs of one audit.
pub const AUDIT_SKUS: usize = 250_000;
/// Different values of one field of codes.
pub const AUDIT_CODES: usize = 1_000;
/// Longest value that is taken for a code, in bytes.
pub const AUDIT_CODE_BYTES: usize = 80;
/// SKUs without an ERP item for which items are suggested.
pub const AUDIT_SUGGESTED: usize = 1_000;
/// Files of one audit.
pub const AUDIT_FILES: usize = 1_000;
/// Issues that `audit` prints unless it is asked for more.
pub const AUDIT_SHOWN: usize = 50;
/// Connections to a server when the configuration names no number.
pub const CONNECTIONS_DEFAULT: usize = 4;
/// Most connections to one server.
pub const CONNECTIONS: usize = 8;
/// After this time without work a connection is closed.
pub const CONNECTION_IDLE: std::time::Duration = std::time::Duration::from_secs(90);
/// Files that one order to a server is about.
pub const ORDER_FILES: usize = 64;
/// Bytes that one order to a server is about, unless it is about a single file.
pub const ORDER_BYTES: u64 = 16 << 20;
/// Files under way from or to one server at once.
pub const REMOTE_FILES: usize = 512;
/// How long a call that a server refused is not tried again.
pub const REMOTE_RETRY: std::time::Duration = std::time::Duration::from_secs(300);
/// How soon a folder is listed again in which a file was not as it was listed.
pub const REMOTE_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);
/// How often it is written down that a server answers.
pub const HEALTH_EVERY: std::time::Duration = std::time::Duration::from_secs(10);
/// Files whose syncs wait for the disk at once.
pub const SYNC_THREADS: usize = 16;
/// How long the files of a group that have come wait for the others, as long as those come.
pub const REMOTE_GROUP_WAIT: std::time::Duration = std::time::Duration::from_millis(500);
/// Characters of a person's name or note beside a decision about a file in quarantine.
pub const NOTE_CHARS: usize = 500;
/// Documents of a file that can be released, by number.
pub const READY_NUMBERS: usize = 10;
