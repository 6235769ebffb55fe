//! Carries out one order on a connection.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::order::{Cleared, Order, Outcome, Parcel, Results};
use crate::document::Code;
use crate::durable::{self, Growing};
use crate::endpoint::{Delivery, Entry, Fault, Session, temporary_name};

/// Attempts of which the temporary files are removed by a later one.
const EARLIER_ATTEMPTS: usize = 4;

/// A failure of this machine, and where.
type Failure = (PathBuf, io::Error);

/// Carries out an order; and the fault that broke the connection, if one did.
pub(super) fn carry_out(session: &Session, order: Order) -> (Outcome, Option<Fault>) {
    let mut lost = None;
    let outcome = match order {
        Order::List { flow, folder } => {
            let listing = session.list(&folder);
            lost = listing.as_ref().err().filter(|fault| fault.is_connection()).cloned();
            Ok(Outcome::Listed { flow, listing })
        }
        Order::Fetch { folder, to, files } => fetch_all(session, &folder, &to, files, &mut lost),
        Order::Clear { folder, to, marker, files } => {
            let clear = |(id, entry): (i64, Entry)| {
                let cleared = clear(session, &folder, &entry, id, to.as_deref());
                let cleared = cleared.and_then(|cleared| {
                    marker
                        .as_ref()
                        .map_or(Ok(()), |marker| session.remove(&folder, &format!("{}{marker}", entry.name)))?;
                    Ok(cleared)
                });
                Ok((id, cleared))
            };
            each(files, |(id, _)| *id, &mut lost, clear).map(Outcome::Cleared)
        }
        Order::Upload { folder, files } => {
            let upload = |parcel: Parcel| upload(session, &folder, &parcel).map(|result| (parcel.id, result));
            each(files, |parcel| parcel.id, &mut lost, upload).map(Outcome::Uploaded)
        }
        Order::Rename { folder, files } => {
            let rename = |parcel: Parcel| Ok((parcel.id, rename(session, &folder, &parcel)));
            each(files, |parcel| parcel.id, &mut lost, rename).map(Outcome::Renamed)
        }
    };
    (outcome.unwrap_or_else(|(path, error)| Outcome::Failed(path, error)), lost)
}

/// One file after the other, until the connection breaks.
fn each<F, T>(
    files: Vec<F>,
    id: fn(&F) -> i64,
    lost: &mut Option<Fault>,
    mut work: impl FnMut(F) -> Result<(i64, Result<T, Fault>), Failure>,
) -> Result<Results<T>, Failure> {
    let mut results = Vec::with_capacity(files.len());
    for file in files {
        let result = match &lost {
            Some(fault) => (id(&file), Err(fault.clone())),
            None => work(file)?,
        };
        if let (_, Err(fault)) = &result
            && fault.is_connection()
        {
            *lost = Some(fault.clone());
        }
        results.push(result);
    }
    Ok(results)
}

/// Files go to part files, are synced together, and then get their names here.
fn fetch_all(
    session: &Session,
    folder: &str,
    to: &Path,
    files: Vec<(i64, Entry)>,
    lost: &mut Option<Fault>,
) -> Result<Outcome, Failure> {
    let part = |id: i64| to.join(format!("{id}.part"));
    let mut fetched = Vec::new();
    let fetch = |(id, entry): (i64, Entry)| {
        let result = fetch(session, folder, &entry, &part(id)).map_err(|error| (part(id), error))?;
        Ok((id, result.map(|file| fetched.push(file))))
    };
    let results = each(files, |(id, _)| *id, lost, fetch)?;
    let name = |id: i64| {
        let name = to.join(id.to_string());
        // Left by a try that was stopped before the ledger heard of it.
        if name.symlink_metadata().is_ok() {
            durable::remove(&name)?;
        }
        durable::rename_new(&part(id), &name)
    };
    let finish = || {
        durable::sync_together(fetched)?;
        results.iter().filter(|(_, result)| result.is_ok()).try_for_each(|(id, _)| name(*id))?;
        durable::sync_folder(to)
    };
    finish().map_err(|error| (to.to_owned(), error))?;
    Ok(Outcome::Fetched(results))
}

/// Fetches a file; it is not synced yet.
fn fetch(session: &Session, folder: &str, entry: &Entry, part: &Path) -> io::Result<Result<Growing, Fault>> {
    let mut file = Growing::new(durable::create(part)?);
    match session.fetch(folder, entry, &mut file)? {
        Ok(()) => Ok(Ok(file)),
        Err(fault) => durable::remove(part).map(|()| Err(fault)),
    }
}

/// Removes or moves a file that is received, if it still is the one that was fetched.
fn clear(session: &Session, folder: &str, entry: &Entry, id: i64, to: Option<&str>) -> Result<Cleared, Fault> {
    match session.find(folder, &entry.name)? {
        None => return Ok(Cleared::Removed),
        Some(there) if there != *entry => return Ok(Cleared::Replaced),
        Some(_) => {}
    }
    durable::step();
    let Some(to) = to else { return session.remove(folder, &entry.name).map(|()| Cleared::Removed) };
    let moved = match session.move_away(folder, &entry.name, to, &entry.name) {
        // A file of this name was moved there before.
        Err(fault) if !fault.is_connection() && session.find(to, &entry.name)?.is_some() => {
            session.move_away(folder, &entry.name, to, &format!("{}.{id}", entry.name))
        }
        moved => moved,
    };
    moved.map(|()| Cleared::Removed)
}

/// The temporary name of an attempt: that of another workspace's delivery differs.
fn part(parcel: &Parcel, attempt: i64) -> String {
    temporary_name(parcel.id, attempt, &parcel.sha256)
}

fn upload(session: &Session, folder: &str, parcel: &Parcel) -> Result<Result<(), Fault>, Failure> {
    let mut file = match File::open(&parcel.file) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(Fault::new(Code::Vanished, format!("{} is not here any more", parcel.name))));
        }
        Err(error) => return Err((parcel.file.clone(), error)),
    };
    // An attempt may have been stopped before it removed what the one before it left.
    for attempt in (1..parcel.attempt).rev().take(EARLIER_ATTEMPTS) {
        if let Err(fault) = session.remove(folder, &part(parcel, attempt))
            && fault.is_connection()
        {
            return Ok(Err(fault));
        }
    }
    durable::step();
    let uploaded = session.upload(folder, &part(parcel, parcel.attempt), &mut file, parcel.size);
    uploaded.map_err(|error| (parcel.file.clone(), error))
}

/// Gives an uploaded file its name. What the server may have done before is seen by what is there.
fn rename(session: &Session, folder: &str, parcel: &Parcel) -> Result<Delivery, Fault> {
    let part = part(parcel, parcel.attempt);
    let mut asked = parcel.asked;
    loop {
        if asked {
            // Both there with the same size: our own link of both names, or a stranger's file of that size.
            let both = session.find(folder, &part)?.is_some() && session.find(folder, &parcel.name)?.is_some();
            if both && !session.holds(folder, &parcel.name, parcel.size, &parcel.sha256)? {
                return Err(Fault::new(Code::RemoteNameTaken, format!("{} is there with other bytes", parcel.name)));
            }
            match session.settle(folder, (&part, &parcel.name), parcel.size, true)? {
                Delivery::Uploaded => {}
                settled => return Ok(settled),
            }
        }
        durable::step();
        match session.publish(folder, &part, &parcel.name) {
            Ok(()) => {
                durable::step();
                return Ok(Delivery::Delivered);
            }
            // The second refusal is one.
            Err(fault) if fault.is_connection() || asked => return Err(fault),
            Err(_) => asked = true,
        }
    }
}
