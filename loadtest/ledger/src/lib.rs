//! The ledger: one small entry for every delivery, joined with what the stores hold, measured, and judged.
//!
//! The way of the facts: [`entry`] keeps what was sent and answered, [`index`] finds it by event, [`observed`] counts what was found
//! in the stores; [`reconcile`] joins the two, [`measure`] sums the entries up, [`recovery`] looks at what was made to fail, [`judge`]
//! gives the verdict. Nothing is sent or read here, so that the same facts give the same verdict on whichever machine they are looked
//! at. A shard of a run that many machines share writes entries and sightings down in a [`file`]; read into one ledger, those of all
//! shards are those of one big run.
//!
//! Invariants: every delivery ends in exactly one fate; an objective that cannot be judged is never called held.

pub mod entry;
pub mod file;
pub mod index;
pub mod judge;
pub mod measure;
pub mod observed;
pub mod reconcile;
pub mod recovery;
pub mod shards;

#[cfg(test)]
mod samples;
