//! Words, quoted strings and signs of a query, each with its place.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// The text inside the quotation marks, escapes resolved.
    Quoted(String),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    /// The character it starts at, counted from 1.
    pub(super) at: usize,
}

impl Placed {
    /// How Jira names it in an error.
    pub(super) fn shown(&self) -> &str {
        match &self.token {
            Token::Word(text) | Token::Quoted(text) => text,
            Token::Sign(sign) => sign,
            Token::End => "end of input",
        }
    }
}

/// Longer signs first.
const SIGNS: [&str; 11] = ["!=", "!~", "<=", ">=", "=", "~", "<", ">", "(", ")", ","];
const RESERVED: &str = "+.;?|*/%^$#@[]{}&`:!\\";

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut place = 0;
    while let Some(&character) = characters.get(place) {
        let at = place + 1;
        let rest = &characters[place..];
        if character.is_whitespace() {
            place += 1;
            continue;
        }
        let (token, length) = if let Some(sign) = sign(rest) {
            (Token::Sign(sign), sign.len())
        } else if character == '"' || character == '\'' {
            quoted(rest, at)?
        } else if RESERVED.contains(character) {
            return Err(reserved(character, at));
        } else {
            word(rest)
        };
        tokens.push(Placed { token, at });
        place += length;
    }
    tokens.push(Placed { token: Token::End, at: characters.len() + 1 });
    Ok(tokens)
}

fn sign(rest: &[char]) -> Option<&'static str> {
    SIGNS
        .into_iter()
        .find(|sign| sign.chars().enumerate().all(|(place, wanted)| rest.get(place) == Some(&wanted)))
}

fn word(rest: &[char]) -> (Token, usize) {
    let ends = |character: &&char| {
        character.is_whitespace() || RESERVED.contains(**character) || "=!~<>(),\"'".contains(**character)
    };
    let length = rest.iter().position(|character| ends(&character)).unwrap_or(rest.len());
    (Token::Word(rest[..length].iter().collect()), length)
}

fn quoted(rest: &[char], at: usize) -> Result<(Token, usize), String> {
    let quote = rest[0];
    let mut text = String::new();
    let mut place = 1;
    while let Some(&character) = rest.get(place) {
        if character == quote {
            return Ok((Token::Quoted(text), place + 1));
        }
        if character == '\\' {
            let (escaped, length) = escape(&rest[place..], at + place)?;
            text.push(escaped);
            place += length;
        } else {
            text.push(character);
            place += 1;
        }
    }
    Err(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed. (line 1, character {at})"
    ))
}

fn escape(rest: &[char], at: usize) -> Result<(char, usize), String> {
    let escaped = match rest.get(1) {
        Some('t') => Some('\t'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some(same @ ('"' | '\'' | '\\' | ' ')) => Some(*same),
        Some('u') => {
            let digits: String = rest.iter().skip(2).take(4).collect();
            let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
            return code.and_then(char::from_u32).map(|letter| (letter, 6)).ok_or_else(|| illegal(rest, at));
        }
        _ => None,
    };
    escaped.map(|letter| (letter, 2)).ok_or_else(|| illegal(rest, at))
}

fn illegal(rest: &[char], at: usize) -> String {
    let sequence: String = rest.iter().take(2).collect();
    format!(
        "Error in the JQL Query: '{sequence}' is an illegal JQL escape sequence. The valid escape sequences are \
         \\', \\\", \\t, \\n, \\r, '\\\\', '\\ ' and \\uXXXX. (line 1, character {at})"
    )
}

fn reserved(character: char, at: usize) -> String {
    format!(
        "Error in the JQL Query: The character '{character}' is a reserved JQL character. You must enclose it in a \
         string or use the escape '\\u{:04x}' instead. (line 1, character {at})",
        u32::from(character)
    )
}
