//! Writes JSON directly into a buffer.

use std::io::Write;

use jiff::civil::Date;

/// An object that is being written. Its texts must need no escapes: no quote, backslash or control character. The
/// invented ones need none.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    pub fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    pub fn close(self) {
        self.out.push(b'}');
    }

    pub fn text(&mut self, name: &str, value: &str) {
        write_quoted(self.write_key(name), value);
    }

    pub fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub fn number(&mut self, name: &str, value: u32) {
        // Writing to a vector cannot fail.
        let _ = write!(self.write_key(name), "{value}");
    }

    pub fn flag(&mut self, name: &str, value: bool) {
        let word = if value { "true" } else { "false" };
        self.write_key(name).extend_from_slice(word.as_bytes());
    }

    pub fn day(&mut self, name: &str, value: Date) {
        let _ = write!(self.write_key(name), "\"{value}\"");
    }

    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Object<'_>)) {
        write_object(self.write_key(name), write);
    }

    pub fn objects<T>(&mut self, name: &str, list: &[T], write: impl Fn(&T, &mut Object<'_>)) {
        self.list(name, list, |value, out| {
            write_object(out, |it| write(value, it))
        });
    }

    pub fn texts<T: AsRef<str>>(&mut self, name: &str, list: &[T]) {
        self.list(name, list, |value, out| write_quoted(out, value.as_ref()));
    }

    fn list<T>(&mut self, name: &str, list: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
        let out = self.write_key(name);
        out.push(b'[');
        for (index, value) in list.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write(value, out);
        }
        out.push(b']');
    }

    fn write_key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        write_quoted(self.out, name);
        self.out.push(b':');
        self.out
    }
}

fn write_object(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let mut object = Object::open(out);
    write(&mut object);
    object.close();
}

fn write_quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
