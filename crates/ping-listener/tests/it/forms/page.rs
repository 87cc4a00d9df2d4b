//! A page as a browser without scripts has it: its links, its forms with what is filled in, and what is wrong there.

/// What a page offers.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// Where its links lead, as they are written.
    pub(super) links: Vec<String>,
    pub(super) forms: Vec<Form>,
}

/// A form, with all that belongs to it wherever it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    id: String,
    pub(super) method: String,
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
    pub(super) buttons: Vec<Button>,
}

/// A field that is sent along, if anything of it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) name: String,
    /// `None` for a box that is not ticked.
    pub(super) value: Option<String>,
    /// What a box says when it is ticked.
    ticked: String,
    kind: String,
    /// The texts that belong to it, if it is marked as wrong.
    pub(super) told: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Button {
    pub(super) name: String,
    pub(super) value: String,
}

/// The beginning of an element, and what follows it.
struct Tag<'h> {
    name: &'h str,
    attributes: Vec<(String, String)>,
    rest: &'h str,
}

impl Tag<'_> {
    fn of(text: &str) -> Option<Tag<'_>> {
        let (inside, rest) = text.split_once('>')?;
        let (name, mut left) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        loop {
            left = left.trim_start();
            if left.is_empty() {
                return Some(Tag { name, attributes, rest });
            }
            let end = left.find(['=', ' ', '\n']).unwrap_or(left.len());
            let key = left[..end].to_owned();
            left = &left[end..];
            let value = left.strip_prefix("=\"").and_then(|value| value.split_once('"'));
            left =
                value.map_or(left.trim_start_matches(|sign: char| !sign.is_whitespace()), |(_, rest)| rest);
            attributes.push((key, value.map(|(value, _)| unescaped(value)).unwrap_or_default()));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(known, _)| known == name)
    }

    fn get(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The text inside, to the element's end.
    fn text(&self) -> String {
        let inside = self.rest.split(&format!("</{}>", self.name)).next().unwrap_or_default();
        unescaped(inside.strip_prefix('\n').unwrap_or(inside))
    }
}

impl Page {
    pub(super) fn of(html: &str) -> Self {
        let mut page = Self { text: html.to_owned(), ..Self::default() };
        let mut open: Option<usize> = None;
        for part in html.split('<').skip(1) {
            let whole = &html[part.as_ptr().addr() - html.as_ptr().addr()..];
            if part.starts_with("/form") {
                open = None;
            }
            let Some(tag) = Tag::of(whole) else { continue };
            match tag.name {
                "a" => page.links.push(tag.get("href")),
                "form" => {
                    open = Some(page.forms.len());
                    let method = tag.get("method").to_uppercase();
                    let (id, action) = (tag.get("id"), tag.get("action"));
                    page.forms.push(Form { id, method, action, ..Form::default() });
                }
                "input" | "select" | "textarea" | "button" => page.take(&tag, open),
                _ => {}
            }
        }
        page
    }

    fn take(&mut self, tag: &Tag<'_>, open: Option<usize>) {
        let owner = tag.get("form");
        let place = if owner.is_empty() { open } else { self.forms.iter().position(|form| form.id == owner) };
        let Some(place) = place else { return };
        if tag.name == "button" {
            if tag.get("type") != "button" {
                self.forms[place].buttons.push(Button { name: tag.get("name"), value: tag.get("value") });
            }
        } else if tag.has("name") {
            let field = self.field(tag);
            self.forms[place].fields.push(field);
        }
    }

    fn field(&self, tag: &Tag<'_>) -> Field {
        let kind = if tag.name == "input" { tag.get("type") } else { tag.name.to_owned() };
        let is_box = ["checkbox", "radio"].contains(&&*kind);
        let ticked = if tag.has("value") { tag.get("value") } else { "on".to_owned() };
        let value = match &*kind {
            "textarea" => Some(tag.text()),
            "select" => Some(chosen(tag)),
            _ if is_box => tag.has("checked").then(|| ticked.clone()),
            _ => Some(tag.get("value")),
        };
        let ids = tag.get("aria-describedby");
        let told = || ids.split_whitespace().map(|id| self.text_of(id)).collect();
        Field {
            name: tag.get("name"),
            value,
            ticked,
            kind,
            told: (tag.get("aria-invalid") == "true").then(told),
        }
    }

    /// Returns what an element says that is found by its id; it has to be there.
    fn text_of(&self, id: &str) -> String {
        let mark = format!(" id=\"{id}\"");
        let place = self.text.find(&mark).unwrap_or_else(|| panic!("nothing is called {id}: {}", self.text));
        let inside = self.text[place..].split_once('>').map(|(_, inside)| inside).unwrap_or_default();
        unescaped(inside.split("</").next().unwrap_or_default())
    }
}

/// Returns the option that is chosen: the one that says so, or the first.
fn chosen(select: &Tag<'_>) -> String {
    let inside = select.rest.split("</select>").next().unwrap_or_default();
    let options = inside.split("<option").skip(1).map(|option| {
        let tag = Tag::of(&format!("option{option}"))
            .map(|tag| (tag.has("selected"), tag.has("value"), tag.get("value")));
        let (is_chosen, has_value, value) = tag.unwrap_or_default();
        let text = option.split_once('>').and_then(|(_, text)| text.split('<').next()).unwrap_or_default();
        (is_chosen, if has_value { value } else { unescaped(text) })
    });
    let options: Vec<_> = options.collect();
    let chosen = options.iter().find(|(is_chosen, _)| *is_chosen).or(options.first());
    chosen.map(|(_, value)| value.clone()).unwrap_or_default()
}

impl Field {
    /// Tells whether what is typed in it comes back with the form: it is no secret, and nothing that is chosen.
    pub(super) fn is_kept(&self) -> bool {
        ["text", "search", "textarea"].contains(&&*self.kind)
    }
}

impl Form {
    /// Fills a field in; a box is ticked by its value, and any other of its name is not any more.
    pub(super) fn fill(&mut self, name: &str, value: &str) {
        let of_name: Vec<_> = self.fields.iter_mut().filter(|field| field.name == name).collect();
        assert!(!of_name.is_empty(), "{} has no field {name}", self.action);
        let is_offered = of_name.iter().any(|field| field.ticked == value);
        let is_box = is_offered && (1 < of_name.len() || of_name[0].value.is_none());
        for field in of_name {
            let is_wanted = !is_box || field.ticked == value;
            field.value = is_wanted.then(|| value.to_owned());
        }
    }

    /// Sends something in a field that no browser would.
    pub(super) fn forge(&mut self, name: &str, value: &str) {
        let field = self.fields.iter_mut().find(|field| field.name == name);
        field.unwrap_or_else(|| panic!("there is no field {name}")).value = Some(value.to_owned());
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// Returns the first field of this name.
    pub(super) fn field(&self, name: &str) -> &Field {
        let found = self.fields.iter().find(|field| field.name == name);
        found.unwrap_or_else(|| panic!("{} has no field {name}", self.action))
    }

    /// Returns what is sent when this button is pressed.
    pub(super) fn sent(&self, button: &Button) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            if let Some(value) = &field.value {
                // Browsers end lines so.
                text.append_pair(&field.name, &value.replace('\n', "\r\n"));
            }
        }
        if !button.name.is_empty() {
            text.append_pair(&button.name, &button.value);
        }
        text.finish()
    }
}

/// Reads the references to signs that pages write.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        let number = name.strip_prefix('#').and_then(|number| number.parse().ok()).and_then(char::from_u32);
        let named = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"')];
        let sign = number.or(named.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign));
        plain.push(sign.unwrap_or_else(|| panic!("&{name}; is no sign")));
        plain.push_str(rest);
    }
    plain
}
