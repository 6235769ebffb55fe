//! Work in parallel, results in order: the same outcome with one thread or many.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::sync_channel;

use crate::limits;

/// The same on so many threads, made for this; with one, on the calling thread.
///
/// # Errors
/// As [`ordered`], or when no thread can be made.
pub fn on_threads<T: Send, R: Send>(
    threads: usize,
    mut next: impl FnMut() -> io::Result<Option<T>>,
    work: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> io::Result<()>,
) -> io::Result<()> {
    if threads > 1 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
        return ordered(&pool, threads * limits::CHUNKS_IN_FLIGHT_PER_WORKER, next, work, consume);
    }
    while let Some(item) = next()? {
        consume(work(item))?;
    }
    Ok(())
}

/// Calls `work` on each item of `next` on the threads of `pool`, and `consume` on the results in the order of the
/// items, with at most `in_flight` items under way, so that memory stays bounded.
///
/// # Errors
/// The first error of `next` or `consume`; items under way are finished and dropped.
pub fn ordered<T, R, E>(
    pool: &rayon::ThreadPool,
    in_flight: usize,
    mut next: impl FnMut() -> Result<Option<T>, E>,
    work: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
    R: Send,
{
    let in_flight = in_flight.max(1);
    let (sender, receiver) = sync_channel(in_flight);
    pool.in_place_scope(|scope| {
        let (mut sent, mut done, mut more) = (0_u64, 0_u64, true);
        let mut waiting = BTreeMap::new();
        loop {
            while more && sent - done < in_flight as u64 {
                let Some(item) = next()? else {
                    more = false;
                    break;
                };
                let (sender, work, number) = (sender.clone(), &work, sent);
                // The receiver is gone only when an error ended the loop; the result is not wanted then.
                scope.spawn(move |_| drop(sender.send((number, work(item)))));
                sent += 1;
            }
            if done == sent {
                return Ok(());
            }
            let Ok((number, result)) = receiver.recv() else { return Ok(()) };
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&done) {
                done += 1;
                consume(result)?;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for threads in [1, 2, 5] {
            let (mut items, mut seen) = (0..200_u64, Vec::new());
            let slow_first = |n: u64| {
                if n.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                n * n
            };
            let consume = |n| {
                seen.push(n);
                Ok::<(), ()>(())
            };
            ordered(&pool(threads), 4, || Ok(items.next()), slow_first, consume).unwrap();
            assert_eq!(seen, (0..200).map(|n| n * n).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn an_error_ends_it() {
        let mut items = 0..100;
        let result = ordered(&pool(2), 3, || Ok(items.next()), |n| n, |n| if n == 5 { Err("five") } else { Ok(()) });
        assert_eq!(result, Err("five"));
    }
}
