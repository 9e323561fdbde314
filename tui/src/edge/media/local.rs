//! Files of this computer: looking at one that is to be sent, completing a path, and saving.

use super::{file_kind, name};
use crate::state::media::{LocalFile, MediaKind};
use crate::text::bytes;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

/// Bytes at a file's start that tell its kind.
const START_BYTES: u64 = 4096;
/// Entries of a folder that are looked at for a completion.
const ENTRIES: usize = 5000;
/// Completions that are offered.
const FOUND: usize = 6;

/// The path that a person typed or pasted: quotes, `file://`, `~`, and blanks escaped by a backslash.
pub(super) fn typed_path(typed: &str) -> PathBuf {
    let text = typed.trim();
    let quoted = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = match (quoted, text.strip_prefix("file://")) {
        (Some(inside), _) => inside.to_owned(),
        (None, Some(url)) => percent_decoded(url.find('/').map_or(url, |slash| &url[slash..])),
        (None, None) => unescaped(text),
    };
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match text.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| text.clone().into()),
        Some(rest) if rest.starts_with('/') => match home() {
            Some(home) => home.join(&rest[1..]),
            None => text.clone().into(),
        },
        _ => text.into(),
    }
}

/// A backslash makes the next character stand for itself, as terminals paste the paths of dropped files.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (*first, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &after[2..];
            }
            (byte, _) => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Looks at a file: its kind by its content (or `wanted`), its size against the limit.
pub(crate) fn inspect(typed: &str, wanted: Option<MediaKind>) -> Result<LocalFile, String> {
    let path = typed_path(typed);
    let path = std::path::absolute(&path).unwrap_or(path);
    let shown = crate::text::clean_line(&path.display().to_string());
    let data = std::fs::metadata(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("There is no file {shown}"),
        _ => format!("{shown} cannot be read: {error}"),
    })?;
    if data.is_dir() {
        return Err(format!("{shown} is a folder: pack it into one file first"));
    }
    // A pipe or a device would never end.
    if !data.is_file() {
        return Err(format!("{shown} is no ordinary file"));
    }
    if data.len() == 0 {
        return Err(format!("{shown} is empty"));
    }
    let mut file = File::open(&path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let mut start = Vec::new();
    file.by_ref().take(START_BYTES).read_to_end(&mut start).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let found = file_kind::kind_of(&start);
    let kind = wanted.unwrap_or(found);
    if kind != found && kind == MediaKind::Image {
        return Err(format!("{shown} is no picture that can be sent as one (PNG, JPEG, GIF, WebP, BMP)"));
    }
    if data.len() > kind.limit_bytes() {
        let size = |n: u64| bytes(i64::try_from(n).unwrap_or(i64::MAX));
        let what = match kind {
            MediaKind::Image => "a picture",
            MediaKind::Sound => "a sound",
            MediaKind::Video => "a video",
            MediaKind::File => "a file",
        };
        return Err(format!("{shown} has {}: {what} may have {} at most", size(data.len()), size(kind.limit_bytes())));
    }
    let _ = file.rewind();
    let seconds = if matches!(kind, MediaKind::Sound | MediaKind::Video) {
        file_kind::seconds_of(&mut file, &start, data.len()).unwrap_or(0)
    } else {
        0
    };
    let pixels = if kind == MediaKind::Image { file_kind::pixels_of(&path).unwrap_or((0, 0)) } else { (0, 0) };
    let given = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(LocalFile { name: name::safe(&given, "file"), path, kind, size_bytes: data.len(), seconds, pixels })
}

/// What a path that is being typed may mean: the text to put there, and the name to show; folders end with a slash.
pub(super) fn complete(typed: &str) -> Vec<(String, String)> {
    let (folder_text, start) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None if typed == "~" => return vec![("~/".into(), "~/".into())],
        None => ("", typed),
    };
    let folder = if folder_text.is_empty() { PathBuf::from(".") } else { typed_path(folder_text) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let wanted = start.to_lowercase();
    let mut found: Vec<(String, String)> = entries
        .take(ENTRIES)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let fits = name.to_lowercase().starts_with(&wanted) && (!name.starts_with('.') || start.starts_with('.'));
            // What cannot be shown cannot be chosen by its look either.
            if !fits || crate::text::clean_line(&name) != name {
                return None;
            }
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some((format!("{folder_text}{name}{slash}"), format!("{name}{slash}")))
        })
        .collect();
    found.sort();
    found.truncate(FOUND);
    found
}

/// Copies a file to the place that a person typed: a folder, or a path. Nothing is written over. Returns where it is.
pub(super) fn save(from: &Path, typed: &str, given_name: &str) -> Result<String, String> {
    let to = typed_path(typed);
    let (folder, file_name) = if to.is_dir() || typed.trim_end().ends_with('/') {
        let cached = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (to, name::safe(given_name, &cached))
    } else {
        let name = to.file_name().map(|name| name.to_string_lossy().into_owned()).ok_or("that is no file's name")?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        (folder.to_owned(), name)
    };
    let in_folder = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(in_folder)?;
    let mut source = File::open(from).map_err(|error| error.to_string())?;
    let (mut target, path) = name::make_new(&folder, &file_name).map_err(in_folder)?;
    if let Err(error) = std::io::copy(&mut source, &mut target).and_then(|_| target.sync_all()) {
        let _ = std::fs::remove_file(&path);
        return Err(in_folder(error));
    }
    Ok(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PNG: &[u8] = include_bytes!("../../../assets/video_cover.png");

    #[rstest]
    #[case("/tmp/a b.txt", "/tmp/a b.txt")]
    #[case("'/tmp/a b.txt'", "/tmp/a b.txt")]
    #[case("/tmp/a\\ b.txt", "/tmp/a b.txt")]
    #[case("file:///tmp/a%20b.txt", "/tmp/a b.txt")]
    #[case("file://host/tmp/100%", "/tmp/100%")]
    fn a_path_is_read_as_terminals_paste_it(#[case] typed: &str, #[case] path: &str) {
        assert_eq!(typed_path(typed), Path::new(path));
    }

    #[test]
    fn the_home_folder_may_be_a_tilde() {
        let home = std::env::var("HOME").unwrap();
        assert_eq!(typed_path("~/x"), Path::new(&home).join("x"));
        assert_eq!(typed_path("~other/x"), Path::new("~other/x"));
    }

    #[test]
    fn the_kind_comes_from_the_content_and_limits_are_told_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("cat.txt"), PNG).unwrap();
        let file = inspect(&path("cat.txt"), None).unwrap();
        assert_eq!((file.kind, file.name.as_str(), file.size_bytes), (MediaKind::Image, "cat.txt", PNG.len() as u64));
        #[cfg(feature = "images")]
        assert_eq!(file.pixels, (320, 180));
        assert_eq!(inspect(&path("cat.txt"), Some(MediaKind::File)).unwrap().kind, MediaKind::File);

        let large = File::create(path("large.wav")).unwrap();
        large.set_len(101 * 1024 * 1024).unwrap();
        let says = inspect(&path("large.wav"), None).unwrap_err();
        assert!(says.ends_with("large.wav has 101 MB: a file may have 100 MB at most"), "{says}");
        std::fs::write(path("empty"), b"").unwrap();
        for (name, wanted, says) in [
            ("nothing", None, "There is no file"),
            ("empty", None, "is empty"),
            ("", None, "is a folder"),
            ("large.wav", Some(MediaKind::Image), "is no picture"),
        ] {
            let told = inspect(&path(name), wanted).unwrap_err();
            assert!(told.contains(says), "{told}");
        }
        assert!(inspect("/dev/zero", None).unwrap_err().contains("no ordinary file"));
    }

    #[test]
    fn a_path_is_completed_without_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cat.png", "Cat nap.png", ".cats", "dog.png"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("cats")).unwrap();
        let typed = format!("{}/ca", folder.path().display());
        let names: Vec<String> = complete(&typed).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Cat nap.png", "cat.png", "cats/"]);
        let hidden = complete(&format!("{}/.", folder.path().display()));
        assert!(hidden.iter().any(|(path, name)| name == ".cats" && path.ends_with("/.cats")));
        assert!(complete("/no/such/folder/x").is_empty());
    }

    #[test]
    fn saving_writes_nothing_over_and_stays_where_it_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("cached");
        std::fs::write(&from, b"new").unwrap();
        let target = folder.path().join("out");
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join("a.txt"), b"old").unwrap();
        let typed = target.display().to_string();
        assert!(save(&from, &typed, "../../a.txt").unwrap().ends_with("out/a (2).txt"));
        assert!(save(&from, &format!("{typed}/deep/b.txt"), "x").unwrap().ends_with("out/deep/b.txt"));
        assert_eq!(std::fs::read(target.join("a.txt")).unwrap(), b"old");
        assert_eq!(std::fs::read(target.join("a (2).txt")).unwrap(), b"new");
        assert!(!folder.path().join("a.txt").exists());
        assert!(save(&from, &format!("{typed}/a.txt/b"), "x").unwrap_err().contains("a.txt"));
    }
}
