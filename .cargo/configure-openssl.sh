#!/bin/sh
# OpenSSL's build runs this in place of Perl to configure itself: see config.toml, beside this file.
#
# TLS with PostgreSQL and with Payerline's own API, and digests, are all that OpenSSL does here. What neither of
# them can use, or nobody has used for long, is left out; certificates, keys and ciphers that a server of today may
# have stay. Ciphers and digests are assembly, so -O1 costs little. Both together save two fifths of the time that
# OpenSSL takes to compile. A build that is there already is not made anew when a line here changes: run
# `cargo clean --package openssl-sys`.
exec "${PERL:-perl}" "$@" -O1 \
    no-apps no-cmp no-cms no-ct no-engine no-quic no-rfc3779 no-srp no-ssl-trace no-ts \
    no-argon2 no-aria no-bf no-blake2 no-cast no-ec2m no-gost no-md4 no-mdc2 no-ocb no-rc2 no-rc4 no-rmd160 \
    no-siphash no-siv no-slh-dsa no-sm2 no-sm3 no-sm4 no-whirlpool
