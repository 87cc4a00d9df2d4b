//! Reads out of a Rust source which paths it names, without compiling it.

/// A path that a source names: `crate::store::facts`, at a line counted from 1.
#[derive(Debug, PartialEq)]
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Returns what ships of a source: all before its tests, which may look into other rooms.
pub(crate) fn production(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        let opens_tests = lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if line == "#[cfg(test)]" && opens_tests {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// Finds every path of two or more names, and every crate that is imported whole.
pub(crate) fn imports(text: &str) -> Vec<Import> {
    let code = without_comments_and_strings(text);
    let tokens = tokens(&code);
    let token = |at: usize| tokens.get(at).map_or("", |(_, token)| *token);
    let mut imports = Vec::new();
    let mut at = 0;
    while let Some((line, name)) = tokens.get(at) {
        let before = if at == 0 { "" } else { token(at - 1) };
        if is_name(name) && before != "." && (before == "use" || token(at + 1) == "::") {
            let mut paths = Vec::new();
            at = read_paths(&tokens, at, &[], &mut paths);
            imports.extend(paths.into_iter().map(|path| Import { line: *line, path }));
        } else {
            at += 1;
        }
    }
    imports
}

/// Returns the path from the root of the crate, or `None` for what lies outside it or in the module itself.
pub(crate) fn inside_the_crate(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let first = path.first()?.as_str();
    if first == "crate" || (first == "ping_listener" && module == ["main"]) {
        return Some(path[1..].to_vec());
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    if ups == 0 {
        return None;
    }
    let mut target = module[..module.len().saturating_sub(ups)].to_vec();
    target.extend_from_slice(&path[ups..]);
    Some(target)
}

/// Reads the path or the tree of paths that begins at a token, each with `before` in front; returns where it ends.
fn read_paths(
    tokens: &[(usize, &str)],
    mut at: usize,
    before: &[String],
    paths: &mut Vec<Vec<String>>,
) -> usize {
    let token = |at: usize| tokens.get(at).map_or("", |(_, token)| *token);
    let mut path = before.to_vec();
    loop {
        match token(at) {
            "{" => {
                at += 1;
                while !matches!(token(at), "}" | "") {
                    at = read_paths(tokens, at, &path, paths);
                    while !matches!(token(at), "," | "}" | "") {
                        at += 1;
                    }
                    at += usize::from(token(at) == ",");
                }
                return at + 1;
            }
            name if is_name(name) => path.push(name.to_owned()),
            _ => break,
        }
        at += 1;
        if token(at) != "::" {
            break;
        }
        at += 1;
    }
    paths.push(path);
    at
}

/// Splits code into names, `::` and single signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let name = rest.find(|sign: char| !is_part_of_name(sign)).unwrap_or(rest.len());
            let length = match name {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            tokens.push((number, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|sign: char| sign == '_' || sign.is_alphabetic())
}

pub(crate) fn is_part_of_name(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

/// Blanks out comments, strings and characters; lines keep their numbers.
pub(crate) fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let length = length_of_blank(rest, code.chars().next_back());
        if length == 0 {
            code.push(sign);
            rest = &rest[sign.len_utf8()..];
        } else {
            let (blank, after) = rest.split_at(length);
            code.extend(blank.chars().map(|sign| if sign == '\n' { '\n' } else { ' ' }));
            rest = after;
        }
    }
    code
}

/// Returns how many bytes of comment or literal `rest` begins with; 0 if it begins with code.
fn length_of_blank(rest: &str, before: Option<char>) -> usize {
    let ends_at =
        |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return ends_at(2, "*/");
    }
    if rest.starts_with('r') && !before.is_some_and(is_part_of_name_or_byte) {
        let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
        if rest[1 + hashes..].starts_with('"') {
            return ends_at(2 + hashes, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    if rest.starts_with('"') {
        return length_of_quoted(rest, '"');
    }
    // `'a'` and `'\n'` are characters; `'a` alone is a lifetime.
    let mut signs = rest.chars();
    match (signs.next(), signs.next(), signs.next()) {
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => length_of_quoted(rest, '\''),
        _ => 0,
    }
}

/// A name that ends in `r` opens no raw string, but the `b` of a byte string stands before its `r`.
fn is_part_of_name_or_byte(sign: char) -> bool {
    sign != 'b' && is_part_of_name(sign)
}

fn length_of_quoted(rest: &str, quote: char) -> usize {
    let mut signs = rest.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' {
            signs.next();
        } else if sign == quote {
            return at + 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        imports(text).into_iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn a_tree_of_imports_is_read_to_its_leaves() {
        let text = "use crate::{clock, store::{self, facts::{Facts, AlertFacts}, *}};\nuse rusqlite;";
        let expected = [
            "crate::clock",
            "crate::store::self",
            "crate::store::facts::Facts",
            "crate::store::facts::AlertFacts",
            "crate::store",
            "rusqlite",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn a_path_in_the_midst_of_code_is_an_import_too() {
        let text = "fn f() {\n    let x = crate::web::page::<u8>(a.b, ::axum::extract::Path);\n}";
        assert_eq!(paths(text), ["crate::web::page", "axum::extract::Path"]);
        assert_eq!(imports(text)[0].line, 2);
    }

    #[test]
    fn comments_and_strings_import_nothing() {
        let text = r#"
// crate::web::a
/* crate::web::b */
let a = "crate::web::c \" crate::web::d";
let b = r"crate::web::e\";
let c = ['"', '\'', '\\'];
fn f<'a>(x: &'a str) -> crate::store::F<'a> {}
"#;
        assert_eq!(paths(text), ["crate::store::F"]);
    }

    #[test]
    fn tests_may_look_into_other_rooms() {
        assert_eq!(
            production("use a::b;\n#[cfg(test)]\nmod tests {\n    use crate::web::c;\n}\n"),
            "use a::b;\n"
        );
        assert!(production("#[cfg(test)]\nmod golden;\nuse a::b;\n").contains("a::b"));
    }

    #[test]
    fn a_path_through_the_parents_is_followed() {
        let module = ["store", "sqlite"].map(String::from);
        let target =
            |path: &str| inside_the_crate(&path.split("::").map(String::from).collect::<Vec<_>>(), &module);
        assert_eq!(target("super::facts").unwrap().join("::"), "store::facts");
        assert_eq!(target("super::super::web::page").unwrap().join("::"), "web::page");
        assert_eq!(target("std::fs"), None);
    }
}
