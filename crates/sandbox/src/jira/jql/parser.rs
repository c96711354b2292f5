//! Turns tokens into a query. NOT binds tighter than AND, and AND binds tighter than OR.

use super::{
    ast::{Clause, Condition, Operand, Operator, Query, SortKey},
    lexer::{PositionedToken, Token, tokens},
};

pub(in crate::jira) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser { tokens: tokens(text)?, index: 0 };
    let starts_with_order = parser.at_word("order") || parser.at_end();
    let filter = if starts_with_order { None } else { Some(parser.or_clause()?) };
    let order = parser.order()?;
    match parser.at_end() {
        true => Ok(Query { filter, order }),
        false => Err(parser.expected("Expecting either 'OR' or 'AND' but got")),
    }
}

struct Parser {
    /// Ends with [`Token::End`], which the parser never moves past.
    tokens: Vec<PositionedToken>,
    index: usize,
}

const OPERATORS: &str = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'";
const RESERVED_WORDS: [&str; 10] =
    ["and", "or", "not", "in", "is", "order", "by", "was", "changed", "select"];

impl Parser {
    fn peek(&self) -> &PositionedToken {
        &self.tokens[self.index]
    }

    /// Returns the current token and moves past it.
    fn next(&mut self) -> Token {
        let token = self.peek().token.clone();
        if token != Token::End {
            self.index += 1;
        }
        token
    }

    fn at_end(&self) -> bool {
        self.peek().token == Token::End
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(&self.peek().token, Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    /// Moves past the word if it is the current token.
    fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        self.index += usize::from(found);
        found
    }

    /// Moves past the symbol if it is the current token.
    fn take_symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.peek().token == Token::Symbol(symbol);
        self.index += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> String {
        let found = self.peek();
        format!("Error in the JQL Query: {what} '{}'. (line 1, character {})", found.text(), found.position)
    }

    fn or_clause(&mut self) -> Result<Clause, String> {
        let mut clauses = vec![self.and_clause()?];
        while self.take_word("or") {
            clauses.push(self.and_clause()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::Or(clauses) })
    }

    fn and_clause(&mut self) -> Result<Clause, String> {
        let mut clauses = vec![self.not_clause()?];
        while self.take_word("and") {
            clauses.push(self.not_clause()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::And(clauses) })
    }

    fn not_clause(&mut self) -> Result<Clause, String> {
        if self.take_word("not") {
            return Ok(Clause::Not(Box::new(self.not_clause()?)));
        }
        if !self.take_symbol("(") {
            return self.condition().map(Clause::Condition);
        }
        let inner = self.or_clause()?;
        match self.take_symbol(")") {
            true => Ok(inner),
            false if self.at_end() => {
                Err("Error in the JQL Query: Expecting ')' before the end of the query.".to_owned())
            }
            false => Err(self.expected("Expecting ')' but got")),
        }
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let error = self.expected("Expecting a field name but got");
        let field = match self.next() {
            Token::Word(word) if RESERVED_WORDS.contains(&word.to_lowercase().as_str()) => {
                return Err(reserved_word(&word, self.tokens[self.index - 1].position));
            }
            Token::Word(field) | Token::Quoted(field) => field,
            _ => return Err(error),
        };
        let operator = self.operator()?;
        let operands = match operator {
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Condition { field, operator, operands })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let found = self.peek();
        let error = format!(
            "Error in the JQL Query: Expecting operator but got '{}'. The valid operators are {OPERATORS}. (line 1, \
             character {})",
            found.text(),
            found.position
        );
        if self.take_word("in") {
            return Ok(Operator::In);
        }
        if self.take_word("is") {
            return Ok(if self.take_word("not") { Operator::IsNot } else { Operator::Is });
        }
        if self.take_word("not") {
            return if self.take_word("in") { Ok(Operator::NotIn) } else { Err(error) };
        }
        match self.next() {
            Token::Symbol("=") => Ok(Operator::Equals),
            Token::Symbol("!=") => Ok(Operator::NotEquals),
            Token::Symbol("<") => Ok(Operator::Less),
            Token::Symbol("<=") => Ok(Operator::LessOrEqual),
            Token::Symbol(">") => Ok(Operator::Greater),
            Token::Symbol(">=") => Ok(Operator::GreaterOrEqual),
            Token::Symbol("~") => Ok(Operator::Contains),
            Token::Symbol("!~") => Ok(Operator::NotContains),
            _ => Err(error),
        }
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        if !self.take_symbol("(") {
            // A function may return a list.
            return Ok(vec![self.operand()?]);
        }
        let mut operands = vec![self.operand()?];
        while self.take_symbol(",") {
            operands.push(self.operand()?);
        }
        match self.take_symbol(")") {
            true => Ok(operands),
            false if self.at_end() => {
                Err("Error in the JQL Query: Expecting ')' before the end of the query.".to_owned())
            }
            false => Err(self.expected("Expecting ')' but got")),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let error = self.expected("Expecting either a value, list or function but got");
        let position = self.peek().position;
        match self.next() {
            Token::Quoted(text) => Ok(Operand::Value(text)),
            Token::Word(word) if word.eq_ignore_ascii_case("empty") || word.eq_ignore_ascii_case("null") => {
                Ok(Operand::Empty)
            }
            Token::Word(word) if RESERVED_WORDS.contains(&word.to_lowercase().as_str()) => {
                Err(reserved_word(&word, position))
            }
            Token::Word(word) if self.take_symbol("(") => {
                self.arguments().map(|arguments| Operand::Function(word, arguments))
            }
            Token::Word(word) => Ok(Operand::Value(word)),
            Token::Symbol(_) | Token::End => Err(error),
        }
    }

    fn arguments(&mut self) -> Result<Vec<String>, String> {
        let mut arguments = Vec::new();
        while !self.take_symbol(")") {
            match self.operand()? {
                Operand::Value(text) => arguments.push(text),
                _ => return Err(self.expected("Expecting an argument but got")),
            }
            if !self.take_symbol(",") && self.peek().token != Token::Symbol(")") {
                return Err(self.expected("Expecting ')' but got"));
            }
        }
        Ok(arguments)
    }

    fn order(&mut self) -> Result<Vec<SortKey>, String> {
        if !self.take_word("order") {
            return Ok(Vec::new());
        }
        if !self.take_word("by") {
            return Err(self.expected("Expecting 'by' but got"));
        }
        let mut order = Vec::new();
        loop {
            let error = self.expected("Expecting a field name but got");
            let (Token::Word(field) | Token::Quoted(field)) = self.next() else { return Err(error) };
            let descending = self.take_word("desc");
            let _ = !descending && self.take_word("asc");
            order.push(SortKey { field, descending });
            if !self.take_symbol(",") {
                return Ok(order);
            }
        }
    }
}

fn reserved_word(word: &str, position: usize) -> String {
    format!(
        "Error in the JQL Query: '{word}' is a reserved JQL word. You must surround '{word}' in quotation marks to \
         use it in a query. (line 1, character {position})"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::parse;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        // Any input is parsed or rejected with a message, and never causes a panic.
        #[test]
        fn any_text_is_parsed_or_rejected(text in r#"[a-z0-9 "'\\()=~<>!,üu-]{0,40}"#) {
            let error = parse(&text).err();
            assert!(error.is_none_or(|message| message.starts_with("Error in the JQL Query:")));
        }

        // Clients must put a backslash before each quotation mark and backslash.
        #[test]
        fn escaped_text_is_one_operand(text in r#"[a-z "'\\()=]{0,20}"#) {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            let parsed = parse(&format!("text ~ \"{escaped}\"")).map(|query| format!("{query:?}"));
            assert!(parsed.is_ok_and(|query| query.contains(&format!("{text:?}"))));
        }
    }
}
