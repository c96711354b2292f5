//! Text search: all words must occur, in any order. Words in quotation marks must follow one another. `*` at the end
//! of a word matches any ending.

use super::{
    ast::{Condition, Operand, Operator},
    messages::unsupported_operator,
};
use crate::model::Issue;

/// Whether an issue's summary matches the condition, or Jira's message for an error in it.
pub(super) fn predicate(condition: &Condition) -> Result<impl Fn(&Issue) -> bool + use<>, String> {
    let phrases = match (condition.operator, condition.operands.first()) {
        (Operator::Contains | Operator::NotContains, Some(Operand::Value(text))) => parse(condition, text)?,
        _ => return Err(unsupported_operator(condition)),
    };
    let negative = condition.operator.is_negative();
    Ok(move |issue: &Issue| {
        let words: Vec<String> = split_words(&issue.summary).collect();
        phrases.iter().all(|phrase| contains(&words, phrase)) != negative
    })
}

/// Words that must follow one another. A single word is a phrase of one.
type Phrase = Vec<SearchWord>;

#[derive(Debug)]
struct SearchWord {
    text: String,
    /// The word matches all words that start with it.
    is_prefix: bool,
}

fn parse(condition: &Condition, text: &str) -> Result<Vec<Phrase>, String> {
    let field = &condition.field;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(format!("The field '{field}' does not support searching for an empty string."));
    }
    if let Some(first) = trimmed.chars().next().filter(|first| matches!(first, '*' | '?')) {
        return Err(format!(
            "The text query '{text}' for field '{field}' is not allowed to start with character '{first}'"
        ));
    }
    if !unescaped_quotes(trimmed).is_multiple_of(2) {
        return Err(format!("Unable to parse the text '{text}' for field '{field}'."));
    }
    let mut phrases = Vec::new();
    for (index, part) in trimmed.replace("\\\"", " ").split('"').enumerate() {
        let words: Phrase = part.split_whitespace().flat_map(search_words).collect();
        let is_quoted = index % 2 == 1;
        if is_quoted {
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

/// Punctuation separates words, as in Jira's index. A star at the end makes the last word a prefix.
fn search_words(part: &str) -> Vec<SearchWord> {
    let mut words: Vec<SearchWord> =
        split_words(part).map(|text| SearchWord { text, is_prefix: false }).collect();
    if let Some(last) = words.last_mut() {
        last.is_prefix = part.ends_with('*');
    }
    words
}

fn split_words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn contains(words: &[String], phrase: &Phrase) -> bool {
    words.windows(phrase.len()).any(|window| {
        window.iter().zip(phrase).all(|(word, wanted)| match wanted.is_prefix {
            true => word.starts_with(&wanted.text),
            false => stem(word) == stem(&wanted.text),
        })
    })
}

/// Approximates the stemming of Jira's index, for plurals and similar endings.
fn stem(word: &str) -> &str {
    let endings = ["ing", "ed", "es", "s"];
    let stripped = endings.iter().find_map(|ending| word.strip_suffix(ending));
    stripped.filter(|stem| stem.chars().count() >= 3).unwrap_or(word)
}
