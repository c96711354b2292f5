//! From tokens to clauses. OR binds weaker than AND, AND weaker than NOT.

use super::{
    Clause, Operand, Operator, Query, Term,
    lexer::{Placed, Token, tokens},
};

pub(in crate::jira) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { tokens: tokens(text)?, place: 0 };
    let starts_with_order = parser.at_word("order") || parser.at_end();
    let filter = if starts_with_order { None } else { Some(parser.either()?) };
    let order = parser.order()?;
    match parser.at_end() {
        true => Ok(Query { filter, order }),
        false => Err(parser.expected("Expecting either 'OR' or 'AND' but got")),
    }
}

struct Parser {
    /// Ends with [`Token::End`], which is never stepped over.
    tokens: Vec<Placed>,
    place: usize,
}

const OPERATORS: &str = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'";
const RESERVED_WORDS: [&str; 10] =
    ["and", "or", "not", "in", "is", "order", "by", "was", "changed", "select"];

impl Parser {
    fn peek(&self) -> &Placed {
        &self.tokens[self.place]
    }

    fn step(&mut self) -> Token {
        let token = self.peek().token.clone();
        if token != Token::End {
            self.place += 1;
        }
        token
    }

    fn at_end(&self) -> bool {
        self.peek().token == Token::End
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(&self.peek().token, Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.place += usize::from(found);
        found
    }

    fn takes_sign(&mut self, sign: &'static str) -> bool {
        let found = self.peek().token == Token::Sign(sign);
        self.place += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> String {
        let found = self.peek();
        format!("Error in the JQL Query: {what} '{}'. (line 1, character {})", found.shown(), found.at)
    }

    fn either(&mut self) -> Result<Clause, String> {
        let mut clauses = vec![self.both()?];
        while self.takes_word("or") {
            clauses.push(self.both()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::Or(clauses) })
    }

    fn both(&mut self) -> Result<Clause, String> {
        let mut clauses = vec![self.negated()?];
        while self.takes_word("and") {
            clauses.push(self.negated()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::And(clauses) })
    }

    fn negated(&mut self) -> Result<Clause, String> {
        if self.takes_word("not") {
            return Ok(Clause::Not(Box::new(self.negated()?)));
        }
        if !self.takes_sign("(") {
            return self.term().map(Clause::Term);
        }
        let inner = self.either()?;
        match self.takes_sign(")") {
            true => Ok(inner),
            false if self.at_end() => {
                Err("Error in the JQL Query: Expecting ')' before the end of the query.".to_owned())
            }
            false => Err(self.expected("Expecting ')' but got")),
        }
    }

    fn term(&mut self) -> Result<Term, String> {
        let refused = self.expected("Expecting a field name but got");
        let field = match self.step() {
            Token::Word(word) if RESERVED_WORDS.contains(&word.to_lowercase().as_str()) => {
                return Err(reserved_word(&word, self.tokens[self.place - 1].at));
            }
            Token::Word(field) | Token::Quoted(field) => field,
            _ => return Err(refused),
        };
        let operator = self.operator()?;
        let operands = match operator {
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Term { field, operator, operands })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let found = self.peek();
        let refused = format!(
            "Error in the JQL Query: Expecting operator but got '{}'. The valid operators are {OPERATORS}. (line 1, \
             character {})",
            found.shown(),
            found.at
        );
        if self.takes_word("in") {
            return Ok(Operator::In);
        }
        if self.takes_word("is") {
            return Ok(if self.takes_word("not") { Operator::IsNot } else { Operator::Is });
        }
        if self.takes_word("not") {
            return if self.takes_word("in") { Ok(Operator::NotIn) } else { Err(refused) };
        }
        match self.step() {
            Token::Sign("=") => Ok(Operator::Equals),
            Token::Sign("!=") => Ok(Operator::NotEquals),
            Token::Sign("<") => Ok(Operator::Less),
            Token::Sign("<=") => Ok(Operator::LessOrEqual),
            Token::Sign(">") => Ok(Operator::Greater),
            Token::Sign(">=") => Ok(Operator::GreaterOrEqual),
            Token::Sign("~") => Ok(Operator::Contains),
            Token::Sign("!~") => Ok(Operator::NotContains),
            _ => Err(refused),
        }
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        if !self.takes_sign("(") {
            // A function may stand for a list.
            return Ok(vec![self.operand()?]);
        }
        let mut operands = vec![self.operand()?];
        while self.takes_sign(",") {
            operands.push(self.operand()?);
        }
        match self.takes_sign(")") {
            true => Ok(operands),
            false if self.at_end() => {
                Err("Error in the JQL Query: Expecting ')' before the end of the query.".to_owned())
            }
            false => Err(self.expected("Expecting ')' but got")),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let refused = self.expected("Expecting either a value, list or function but got");
        let at = self.peek().at;
        match self.step() {
            Token::Quoted(text) => Ok(Operand::Value(text)),
            Token::Word(word) if word.eq_ignore_ascii_case("empty") || word.eq_ignore_ascii_case("null") => {
                Ok(Operand::Empty)
            }
            Token::Word(word) if RESERVED_WORDS.contains(&word.to_lowercase().as_str()) => {
                Err(reserved_word(&word, at))
            }
            Token::Word(word) if self.takes_sign("(") => {
                self.arguments().map(|arguments| Operand::Function(word, arguments))
            }
            Token::Word(word) => Ok(Operand::Value(word)),
            Token::Sign(_) | Token::End => Err(refused),
        }
    }

    fn arguments(&mut self) -> Result<Vec<String>, String> {
        let mut arguments = Vec::new();
        while !self.takes_sign(")") {
            match self.operand()? {
                Operand::Value(text) => arguments.push(text),
                _ => return Err(self.expected("Expecting an argument but got")),
            }
            if !self.takes_sign(",") && self.peek().token != Token::Sign(")") {
                return Err(self.expected("Expecting ')' but got"));
            }
        }
        Ok(arguments)
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, String> {
        if !self.takes_word("order") {
            return Ok(Vec::new());
        }
        if !self.takes_word("by") {
            return Err(self.expected("Expecting 'by' but got"));
        }
        let mut order = Vec::new();
        loop {
            let refused = self.expected("Expecting a field name but got");
            let (Token::Word(field) | Token::Quoted(field)) = self.step() else { return Err(refused) };
            let descending = self.takes_word("desc");
            let _ = !descending && self.takes_word("asc");
            order.push((field, descending));
            if !self.takes_sign(",") {
                return Ok(order);
            }
        }
    }
}

fn reserved_word(word: &str, at: usize) -> String {
    format!(
        "Error in the JQL Query: '{word}' is a reserved JQL word. You must surround '{word}' in quotation marks to \
         use it in a query. (line 1, character {at})"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::parse;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Whatever the user's words are: an answer, and never a panic.
        #[test]
        fn any_text_is_parsed_or_refused(text in r#"[a-z0-9 "'\\()=~<>!,üu-]{0,40}"#) {
            let refused = parse(&text).err();
            assert!(refused.is_none_or(|message| message.starts_with("Error in the JQL Query:")));
        }

        /// What a client has to do with words: a backslash before quotes and backslashes.
        #[test]
        fn an_escaped_text_is_one_operand(text in r#"[a-z "'\\()=]{0,20}"#) {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            let parsed = parse(&format!("text ~ \"{escaped}\"")).map(|query| format!("{query:?}"));
            assert!(parsed.is_ok_and(|query| query.contains(&format!("{text:?}"))));
        }
    }
}
