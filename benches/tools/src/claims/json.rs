//! JSON text written straight into a buffer.

use std::io::Write;

use jiff::civil::Date;

/// An object that is being written. Its texts must need no escapes: no quote, backslash or control character,
/// which holds for all that is made up here.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    /// Begins an object.
    pub fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Ends the object.
    pub fn close(self) {
        self.out.push(b'}');
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        quote(self.key(name), value);
    }

    /// A text, if there is one.
    pub fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A whole number.
    pub fn number(&mut self, name: &str, value: u32) {
        // Writing to a vector cannot fail.
        let _ = write!(self.key(name), "{value}");
    }

    /// True or false.
    pub fn flag(&mut self, name: &str, value: bool) {
        let word = if value { "true" } else { "false" };
        self.key(name).extend_from_slice(word.as_bytes());
    }

    /// A day.
    pub fn day(&mut self, name: &str, value: Date) {
        let _ = write!(self.key(name), "\"{value}\"");
    }

    /// An object.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Object<'_>)) {
        object(self.key(name), write);
    }

    /// A list of objects.
    pub fn objects<T>(&mut self, name: &str, list: &[T], write: impl Fn(&T, &mut Object<'_>)) {
        self.list(name, list, |value, out| object(out, |it| write(value, it)));
    }

    /// A list of texts.
    pub fn texts<T: AsRef<str>>(&mut self, name: &str, list: &[T]) {
        self.list(name, list, |value, out| quote(out, value.as_ref()));
    }

    fn list<T>(&mut self, name: &str, list: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
        let out = self.key(name);
        out.push(b'[');
        for (index, value) in list.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write(value, out);
        }
        out.push(b']');
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        quote(self.out, name);
        self.out.push(b':');
        self.out
    }
}

fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let mut object = Object::open(out);
    write(&mut object);
    object.close();
}

fn quote(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
