//! What servers are asked for, and what came of it.

use std::io;
use std::path::PathBuf;

use crate::endpoint::{Delivery, Entry, Fault, Listing};

/// What a server is asked for.
#[derive(Debug)]
pub enum Order {
    /// The files of a folder, for a flow.
    List {
        /// The flow.
        flow: String,
        /// The folder.
        folder: String,
    },
    /// Files of a folder.
    Fetch {
        /// The folder.
        folder: String,
        /// Where they are put here, named by their ids.
        to: PathBuf,
        /// Their ids, and how they were listed.
        files: Vec<(i64, Entry)>,
    },
    /// To remove or move files that are received.
    Clear {
        /// Their folder.
        folder: String,
        /// Where they are moved; removed when none.
        to: Option<String>,
        /// The ending of the marker that goes with each, if the flow has one.
        marker: Option<String>,
        /// Their ids, and how they were listed.
        files: Vec<(i64, Entry)>,
    },
    /// To take files under temporary names.
    Upload {
        /// The folder.
        folder: String,
        /// The files.
        files: Vec<Parcel>,
    },
    /// To give uploaded files their names.
    Rename {
        /// The folder.
        folder: String,
        /// The files.
        files: Vec<Parcel>,
    },
}

/// A file to be delivered.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its delivery.
    pub id: i64,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// The file here.
    pub file: PathBuf,
    /// Its name there.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether the server may have been asked to rename it before.
    pub asked: bool,
}

/// What became of a file that a server was asked to remove or move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleared {
    /// It is there no more.
    Removed,
    /// Another file has its name now, which was left alone.
    Replaced,
}

/// What came of each file of an order, by its id.
pub type Results<T> = Vec<(i64, Result<T, Fault>)>;

/// What came of an order. One that a broken connection ended has that fault for all that was left of it.
#[derive(Debug)]
pub enum Outcome {
    /// A listing.
    Listed {
        /// The flow that it is for.
        flow: String,
        /// What was listed.
        listing: Result<Listing, Fault>,
    },
    /// Which files lie here now, synced.
    Fetched(Results<()>),
    /// Which files are gone there.
    Cleared(Results<Cleared>),
    /// Which files were uploaded.
    Uploaded(Results<()>),
    /// Where deliveries stand.
    Renamed(Results<Delivery>),
    /// The connection broke, or none came about.
    Trouble(Fault),
    /// This machine failed.
    Failed(PathBuf, io::Error),
}
