//! Files that change only with the program: compressed, with an `ETag`, and kept by browsers for a while.

use std::{
    borrow::Cow,
    io::{self, Read, Write},
    sync::OnceLock,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{
            self, AcceptEncoding, CacheControl, CacheDirective, ContentEncoding, ETag, Encoding,
            EntityTag, Header, IfNoneMatch,
        },
    },
    web::Bytes,
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use payerline_domain::values::digest::sha256_hex;

use crate::http::boundary::{call::Answer, problem::ApiError};

/// A browser asks again after this time, and is told by the `ETag` whether the program has another file now.
const MAX_AGE_SECONDS: u32 = 3600;

pub struct StaticFile {
    content_type: Cow<'static, str>,
    etag: EntityTag,
    /// The file in the two forms that clients take. One is there from the start, the other is made when it is asked for.
    plain: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl StaticFile {
    pub fn from_plain(content_type: impl Into<Cow<'static, str>>, plain: Bytes) -> Self {
        Self {
            content_type: content_type.into(),
            etag: tag(&plain),
            plain: plain.into(),
            gzip: OnceLock::new(),
        }
    }

    pub fn from_gzip(content_type: impl Into<Cow<'static, str>>, gzip: Bytes) -> Self {
        Self {
            content_type: content_type.into(),
            etag: tag(&gzip),
            plain: OnceLock::new(),
            gzip: gzip.into(),
        }
    }

    /// Answers with the file, or with 304 if the client has it.
    pub fn answer(&self, request: &HttpRequest) -> Answer {
        let is_known = self.is_known(request);
        let mut answer = HttpResponse::Ok();
        if is_known {
            answer.status(StatusCode::NOT_MODIFIED);
        }
        answer
            .insert_header(ETag(self.etag.clone()))
            .insert_header(CacheControl(vec![
                CacheDirective::Public,
                CacheDirective::MaxAge(MAX_AGE_SECONDS),
            ]))
            .insert_header((header::VARY, "Accept-Encoding"));
        if is_known {
            return Ok(answer.finish());
        }
        answer.content_type(&*self.content_type);
        let body = if takes_gzip(request) {
            answer.insert_header(ContentEncoding::Gzip);
            self.gzip()
        } else {
            self.plain()
        };
        Ok(answer.body(body.map_err(|_| ApiError::internal("a file cannot be compressed"))?))
    }

    fn is_known(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|it| it.weak_eq(&self.etag)),
            Err(_) => false,
        }
    }

    fn plain(&self) -> io::Result<Bytes> {
        find_or_make(&self.plain, || {
            let mut plain = Vec::new();
            let gzip = self.gzip.get().map(Bytes::as_ref).unwrap_or_default();
            GzDecoder::new(gzip).read_to_end(&mut plain)?;
            Ok(plain)
        })
    }

    fn gzip(&self) -> io::Result<Bytes> {
        find_or_make(&self.gzip, || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(self.plain.get().map(Bytes::as_ref).unwrap_or_default())?;
            encoder.finish()
        })
    }
}

/// A weak tag, since both forms of a file have it.
fn tag(content: &[u8]) -> EntityTag {
    EntityTag::new_weak(sha256_hex(content))
}

fn find_or_make(
    form: &OnceLock<Bytes>,
    make: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<Bytes> {
    if let Some(found) = form.get() {
        return Ok(found.clone());
    }
    let made = Bytes::from(make()?);
    Ok(form.get_or_init(|| made).clone())
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let known = [Encoding::gzip(), Encoding::identity()];
    let accepted = AcceptEncoding::parse(request).ok();
    accepted.and_then(|it| it.negotiate(known.iter())) == Some(Encoding::gzip())
}
