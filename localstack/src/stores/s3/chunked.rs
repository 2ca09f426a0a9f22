//! `aws-chunked` framing: how SDKs send a body whose checksum or signature comes in pieces or at the end.
//!
//! `hex-size[;chunk-signature=…]\r\n bytes \r\n … 0[;…]\r\n [trailer: value\r\n]* \r\n`. Chunk signatures are skipped.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

/// The body without its framing, and the headers that came after it (checksums).
pub(super) struct Decoded {
    pub(super) body: Bytes,
    pub(super) trailers: HeaderMap,
}

/// The framing is broken or cut short.
#[derive(Debug)]
pub(super) struct Malformed;

/// Undoes the framing.
pub(super) fn decode(framed: &Bytes) -> Result<Decoded, Malformed> {
    let mut rest = framed.clone();
    let mut pieces = Vec::with_capacity(1);
    loop {
        let line = take_line(&mut rest)?;
        let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let size = std::str::from_utf8(size).map_err(|_| Malformed)?.trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| Malformed)?;
        if size == 0 {
            break;
        }
        if rest.len() < size {
            return Err(Malformed);
        }
        pieces.push(rest.split_to(size));
        if !take_line(&mut rest)?.is_empty() {
            return Err(Malformed);
        }
    }
    Ok(Decoded { body: join(pieces), trailers: trailers(&mut rest)? })
}

fn join(mut pieces: Vec<Bytes>) -> Bytes {
    if pieces.len() == 1 {
        return pieces.swap_remove(0);
    }
    let mut whole = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    whole.freeze()
}

/// Some senders end trailer lines with a bare line feed, and some leave out the last empty line.
fn trailers(rest: &mut Bytes) -> Result<HeaderMap, Malformed> {
    let mut trailers = HeaderMap::new();
    while let Ok(line) = take_line(rest) {
        if line.is_empty() {
            continue;
        }
        let line = std::str::from_utf8(&line).map_err(|_| Malformed)?;
        let (name, value) = line.split_once(':').ok_or(Malformed)?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| Malformed)?;
        if name != "x-amz-trailer-signature" {
            trailers.insert(name, HeaderValue::try_from(value.trim()).map_err(|_| Malformed)?);
        }
    }
    Ok(trailers)
}

fn take_line(rest: &mut Bytes) -> Result<Bytes, Malformed> {
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(Malformed)?;
    let mut line = rest.split_to(end + 1);
    line.truncate(end);
    if line.ends_with(b"\r") {
        line.truncate(end - 1);
    }
    Ok(line)
}
