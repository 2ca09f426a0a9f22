//! Objects as they are listed, page by page, day by day: a span may hold millions, and only a page of them is in memory.

use std::collections::VecDeque;

use futures::{Stream, stream};
use webhook_core::ports::PortError;
use webhook_core::ports::ops::{ObjectHead, RawArchive};

struct State<'a, A> {
    archive: &'a A,
    prefixes: VecDeque<String>,
    after: Option<String>,
    page: VecDeque<ObjectHead>,
    failed: bool,
}

/// Every object under `prefixes` whose key sorts after `after`, in the order of keys. Ends after the first error.
pub(super) fn heads<'a, A: RawArchive>(
    archive: &'a A,
    prefixes: Vec<String>,
    after: Option<String>,
) -> impl Stream<Item = Result<ObjectHead, PortError>> + 'a {
    let prefixes =
        prefixes.into_iter().filter(|prefix| after.as_ref().is_none_or(|after| may_follow(prefix, after)));
    let state = State { archive, prefixes: prefixes.collect(), after, page: VecDeque::new(), failed: false };
    stream::unfold(state, |mut state| async move {
        loop {
            if let Some(head) = state.page.pop_front() {
                return Some((Ok(head), state));
            }
            let prefix = state.prefixes.front().filter(|_| !state.failed)?.clone();
            match state.archive.list(&prefix, state.after.as_deref()).await {
                Ok(page) => {
                    if let Some(last) = page.objects.last() {
                        state.after = Some(last.key.clone());
                    }
                    if !page.more {
                        state.prefixes.pop_front();
                    }
                    state.page = page.objects.into();
                }
                Err(error) => {
                    state.failed = true;
                    return Some((Err(error), state));
                }
            }
        }
    })
}

/// Whether keys under `prefix` can sort after `after`.
fn may_follow(prefix: &str, after: &str) -> bool {
    prefix > after || after.starts_with(prefix)
}
