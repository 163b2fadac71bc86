//! https: a certificate that the system knows is trusted, another one is not.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use openssl::{
    asn1::Asn1Time,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslAcceptor, SslMethod},
    x509::{
        X509, X509NameBuilder,
        extension::{BasicConstraints, SubjectAlternativeName},
    },
};

use super::{
    stub::chunked,
    workplace::{Run, Workplace},
};
use crate::support::ADMIN_KEY;

/// A certificate for `localhost` that signs itself, and its key.
fn certificate() -> (X509, PKey<Private>) {
    let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
    let mut name = X509NameBuilder::new().expect("a name");
    name.append_entry_by_text("CN", "localhost")
        .expect("a name");
    let name = name.build();
    let mut builder = X509::builder().expect("a certificate");
    builder.set_version(2).expect("version 3");
    builder.set_subject_name(&name).expect("a subject");
    builder.set_issuer_name(&name).expect("an issuer");
    builder.set_pubkey(&key).expect("a public key");
    let (from, to) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(1));
    builder
        .set_not_before(&from.expect("today"))
        .expect("a beginning");
    builder
        .set_not_after(&to.expect("tomorrow"))
        .expect("an end");
    let host = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&builder.x509v3_context(None, None));
    builder
        .append_extension(host.expect("a host"))
        .expect("an extension");
    let authority = BasicConstraints::new().critical().ca().build();
    builder
        .append_extension(authority.expect("an authority"))
        .expect("an extension");
    builder
        .sign(&key, MessageDigest::sha256())
        .expect("a signature");
    (builder.build(), key)
}

/// Serves one connection over TLS, and says whether a request came through.
fn serve(certificate: &X509, key: &PKey<Private>) -> (u16, thread::JoinHandle<bool>) {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).expect("TLS");
    acceptor
        .set_certificate(certificate)
        .expect("a certificate");
    acceptor.set_private_key(key).expect("a key");
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let Ok(mut stream) = acceptor.accept(stream) else {
            return false;
        };
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                _ => return false,
            }
        }
        let answer = chunked("application/x-ndjson", &["{\"id\":1}\n"]);
        stream.write_all(answer.as_bytes()).expect("an answer");
        let _closed = stream.shutdown();
        true
    });
    (port, served)
}

/// Exports from a service with this certificate: how it ended, and whether it was asked at all.
fn export(work: &Workplace, trusted: bool) -> (Run, bool) {
    let (certificate, key) = certificate();
    let pem = certificate.to_pem().expect("PEM");
    work.write("trusted.pem", pem);
    let (port, served) = serve(&certificate, &key);
    let url = format!("https://localhost:{port}");
    let mut command = work.command(&["export", "--from", &url]);
    command
        .env_remove("SSL_CERT_DIR")
        .env_remove("SSL_CERT_FILE");
    if trusted {
        command.env("SSL_CERT_FILE", work.path("trusted.pem"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let run = runtime
        .expect("a runtime")
        .block_on(async { Run::of(command.spawn().expect("it starts")).await });
    (run, served.join().expect("the service ends"))
}

#[test]
fn only_a_trusted_certificate_gets_the_key() {
    let work = Workplace::new(ADMIN_KEY);
    let (run, was_asked) = export(&work, true);
    assert_eq!(run.exits(0).stdout, "{\"id\":1}\n");
    assert!(was_asked);
    let (run, was_asked) = export(&work, false);
    run.exits(1).says("certificate");
    assert!(!was_asked);
}
