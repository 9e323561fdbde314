//! Names that others gave to files: what may become a name in a folder of this computer.

use crate::text::clean_line;
use std::path::{Path, PathBuf};

/// Bytes of a file's name; file systems take 255.
const NAME_BYTES: usize = 200;
/// Copies that are tried: `name (2).ext`, `name (3).ext`, ...
const COPIES: u32 = 1000;

/// A name without path, control characters and signs that other systems forbid; never empty, hidden or special.
pub(crate) fn safe(name: &str, otherwise: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let signs = |c: char| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c };
    let cleaned: String = clean_line(last).chars().map(signs).collect();
    let bare = cleaned.trim_matches(|c: char| c == '.' || c == ' ');
    if bare.is_empty() {
        return otherwise.to_owned();
    }
    shorten(bare)
}

/// Cuts a long name before its extension.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let room = NAME_BYTES.saturating_sub(extension.len());
    let mut end = room.min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem[..end].trim_end())
}

/// Stem and extension with its dot; a long one is none.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    }
}

/// Makes a new, empty file of this name, or of `name (2).ext` and so on: nothing is written over.
pub(crate) fn make_new(folder: &Path, name: &str) -> std::io::Result<(std::fs::File, PathBuf)> {
    let (stem, extension) = split(name);
    for copy in 1..=COPIES {
        let path = folder.join(if copy == 1 { name.to_owned() } else { format!("{stem} ({copy}){extension}") });
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "there are too many files of this name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("report.pdf", "report.pdf")]
    #[case("../../etc/passwd", "passwd")]
    #[case("..\\..\\boot.ini", "boot.ini")]
    #[case("/etc/shadow", "shadow")]
    #[case("..", "file")]
    #[case("a/..", "file")]
    #[case("", "file")]
    #[case(".bashrc", "bashrc")]
    #[case("x\u{1b}[2J\n\u{202e}fdp.exe", "x␛[2J fdp.exe")]
    #[case("C:\\con:aux?.txt", "con_aux_.txt")]
    #[case("报告 2026.docx", "报告 2026.docx")]
    fn a_name_from_others_is_only_a_name(#[case] given: &str, #[case] kept: &str) {
        assert_eq!(safe(given, "file"), kept);
    }

    proptest! {
        #[test]
        fn no_name_escapes_its_folder(name in "\\PC{0,300}|[./\\\\a\u{0}-\u{20}]{0,40}") {
            let kept = safe(&name, "file");
            let path = Path::new("/cache/x").join(&kept);
            prop_assert_eq!(path.parent(), Some(Path::new("/cache/x")));
            prop_assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(kept.as_str()));
            prop_assert!(!kept.starts_with('.') && kept.len() <= 255 && !kept.chars().any(char::is_control));
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..3)
            .map(|_| make_new(folder.path(), "a.tar.gz").unwrap().1.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]);
        let long = safe(&format!("{}.png", "ü".repeat(300)), "file");
        assert!(long.len() <= NAME_BYTES && long.ends_with(".png"));
    }
}
