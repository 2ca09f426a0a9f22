//! Listing a bucket: prefixes, delimiters, pages.

use std::ops::Bound;
use std::sync::Arc;

use super::objects::{Keys, Object};

/// Most entries in a page, whatever is asked for.
pub(super) const PAGE_MAX: usize = 1000;

/// What to list.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    /// Only keys that start so.
    pub(super) prefix: &'a str,
    /// Keys that share everything up to this string (after the prefix) are rolled up to one entry.
    pub(super) delimiter: Option<&'a str>,
    /// Only keys (and rolled-up prefixes) after this one.
    pub(super) after: Option<&'a str>,
    /// Entries in the page, both kinds together.
    pub(super) limit: usize,
}

/// One page.
#[derive(Default)]
pub(super) struct Listing {
    /// Objects, in key order.
    pub(super) objects: Vec<(String, Arc<Object>)>,
    /// Rolled-up prefixes, in order.
    pub(super) prefixes: Vec<String>,
    /// The last entry, when more follow: the next page begins after it.
    pub(super) next: Option<String>,
}

/// One page of a bucket. Seeks past rolled-up keys, so that the cost is that of the page, not of the bucket.
pub(super) fn list(keys: &Keys, wanted: &Wanted<'_>) -> Listing {
    let mut page = Listing::default();
    let limit = wanted.limit.min(PAGE_MAX);
    let mut last: Option<String> = None;
    let mut from = match wanted.after {
        Some(after) if after >= wanted.prefix => Bound::Excluded(after.to_owned()),
        _ => Bound::Included(wanted.prefix.to_owned()),
    };
    'seek: loop {
        for (key, object) in keys.range((from.clone(), Bound::Unbounded)) {
            if !key.starts_with(wanted.prefix) {
                break 'seek;
            }
            let rolled_up = roll_up(key, wanted);
            let full = page.objects.len() + page.prefixes.len() >= limit;
            match rolled_up {
                Some(prefix) => {
                    let is_new = wanted.after.is_none_or(|after| prefix > after);
                    if is_new && full {
                        page.next = last;
                        break 'seek;
                    }
                    // No key with this prefix sorts behind it plus the greatest character.
                    from = Bound::Excluded(format!("{prefix}{}", char::MAX));
                    if is_new {
                        page.prefixes.push(prefix.to_owned());
                        last = Some(prefix.to_owned());
                    }
                    continue 'seek;
                }
                None if full => {
                    page.next = last;
                    break 'seek;
                }
                None => {
                    page.objects.push((key.clone(), Arc::clone(object)));
                    last = Some(key.clone());
                }
            }
        }
        break;
    }
    page
}

fn roll_up<'k>(key: &'k str, wanted: &Wanted<'_>) -> Option<&'k str> {
    let delimiter = wanted.delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let start = wanted.prefix.len();
    let at = key.get(start..)?.find(delimiter)?;
    key.get(..start + at + delimiter.len())
}
