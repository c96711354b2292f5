//! Text search: all words have to be there, in any order; words in quotation marks side by side; `*` at a
//! word's end stands for any ending.

use super::{
    Operand, Operator, Term,
    terms::{Test, unsupported},
};

pub(super) fn test(term: &Term) -> Result<Test<'_>, String> {
    let wanted = match (term.operator, term.operands.first()) {
        (Operator::Contains | Operator::NotContains, Some(Operand::Value(text))) => read(term, text)?,
        _ => return Err(unsupported(term)),
    };
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| {
        let words: Vec<String> = split(&issue.summary).collect();
        wanted.iter().all(|phrase| contains(&words, phrase)) != negative
    }))
}

/// Words that have to stand side by side; a single word is a phrase of one.
type Phrase = Vec<Word>;

#[derive(Debug)]
struct Word {
    text: String,
    prefix: bool,
}

fn read(term: &Term, text: &str) -> Result<Vec<Phrase>, String> {
    let trimmed = text.trim();
    let refused = |what: &str| format!("The text query '{text}' for field '{}' {what}", term.field);
    if trimmed.is_empty() {
        return Err(format!("The field '{}' does not support searching for an empty string.", term.field));
    }
    if let Some(first) = trimmed.chars().next().filter(|first| matches!(first, '*' | '?')) {
        return Err(refused(&format!("is not allowed to start with character '{first}'")));
    }
    if !unescaped_quotes(trimmed).is_multiple_of(2) {
        return Err(format!("Unable to parse the text '{text}' for field '{}'.", term.field));
    }
    let mut phrases = Vec::new();
    for (place, part) in trimmed.replace("\\\"", " ").split('"').enumerate() {
        let words: Phrase = part.split_whitespace().flat_map(words).collect();
        if place % 2 == 1 {
            phrases.push(words);
        } else {
            phrases.extend(words.into_iter().map(|word| vec![word]));
        }
    }
    Ok(phrases.into_iter().filter(|phrase| !phrase.is_empty()).collect())
}

fn unescaped_quotes(text: &str) -> usize {
    text.replace("\\\"", "").matches('"').count()
}

/// Punctuation separates words, as in the index; a trailing star makes the last one a prefix.
fn words(part: &str) -> Vec<Word> {
    let prefix = part.ends_with('*');
    let mut words: Vec<Word> = split(part).map(|text| Word { text, prefix: false }).collect();
    if let Some(last) = words.last_mut() {
        last.prefix = prefix;
    }
    words
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn contains(words: &[String], phrase: &Phrase) -> bool {
    words.windows(phrase.len()).any(|window| {
        window.iter().zip(phrase).all(|(word, wanted)| match wanted.prefix {
            true => word.starts_with(&wanted.text),
            false => stem(word) == stem(&wanted.text),
        })
    })
}

/// Enough of the index's stemming for plurals and the like.
fn stem(word: &str) -> &str {
    let endings = ["ing", "ed", "es", "s"];
    let stripped = endings.iter().find_map(|ending| word.strip_suffix(ending));
    stripped.filter(|stem| stem.chars().count() >= 3).unwrap_or(word)
}
