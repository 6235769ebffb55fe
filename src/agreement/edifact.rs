//! What is agreed about EDIFACT: how interchanges are written, and whether what arrives is what was agreed.

use super::{Agreed, Agreement, Party};
use crate::document::{Code, Finding, Findings, Position};
use crate::syntax::edifact::{Interchange, Mark, MessageMark, Syntax};

/// What only an agreement about EDIFACT says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Separators, character set and syntax version of what we write.
    pub syntax: Syntax,
    /// Our internal identification (0008 of ours, 0014 of theirs), or empty.
    pub own_internal: String,
    /// Theirs.
    pub partner_internal: String,
}

/// Most characters of 0004 and 0010, and of 0007.
const ID_CHARS: usize = 35;
const QUALIFIER_CHARS: usize = 4;

impl Party {
    /// Reads `14:SELLER`, or `SELLER` of a party without a qualifier.
    #[must_use]
    pub fn parse_edifact(text: &str) -> Option<Self> {
        let (qualifier, id) = text.split_once(':').unwrap_or(("", text));
        let sound = |text: &str| text.trim() == text && !text.chars().any(char::is_control);
        let fits = |text: &str, most| text.chars().count() <= most && sound(text);
        let whole = fits(qualifier, QUALIFIER_CHARS) && fits(id, ID_CHARS) && !id.is_empty();
        whole.then(|| Self { qualifier: qualifier.to_owned(), id: id.to_owned() })
    }
}

/// A party as the agreement, the ledger and the answers name it.
#[must_use]
pub fn party((id, qualifier): &(String, String)) -> String {
    Party { qualifier: qualifier.clone(), id: id.clone() }.to_string()
}

impl Agreed {
    /// Takes in a mark of EDIFACT. For a message in which, or around which, something is not agreed: its row in the header
    /// table, and all that is not agreed.
    pub fn fold_edifact(
        &mut self,
        agreement: &Agreement,
        mark: &Mark,
        at: &Position,
        findings: &mut Findings,
    ) -> Option<(u32, Vec<Code>)> {
        match mark {
            Mark::Unb(unb) => {
                self.interchange = interchange(agreement, unb, at, findings);
                None
            }
            Mark::Message(found) => {
                let codes = message(agreement, found, at, findings);
                let codes: Vec<Code> = self.interchange.iter().copied().chain(codes).collect();
                (!codes.is_empty()).then_some((found.document, codes))
            }
            _ => None,
        }
    }
}

/// What is wrong with an interchange.
fn interchange(agreement: &Agreement, unb: &Interchange, at: &Position, findings: &mut Findings) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut tell = |code, field: &str, found: String, expected: String| {
        findings.push(Finding::new(code, at.clone().field(field)).found(found).expected(expected));
        codes.push(code);
    };
    for (code, field, found, expected) in [
        (Code::PartnerUnknown, "UNB.2", party(&unb.sender), agreement.partner.to_string()),
        (Code::PartnerReceiver, "UNB.3", party(&unb.receiver), agreement.own.to_string()),
    ] {
        if found != expected {
            tell(code, field, found, expected);
        }
    }
    let agreed = agreement.usage == super::Usage::Test;
    if unb.test != agreed {
        let word = |test| if test { "1" } else { "no test indicator" };
        tell(Code::PartnerUsage, "UNB.11", word(unb.test).to_owned(), word(agreed).to_owned());
    }
    codes
}

/// What is wrong with a message itself.
fn message(agreement: &Agreement, found: &MessageMark, at: &Position, findings: &mut Findings) -> Vec<Code> {
    let mut codes = Vec::new();
    for (code, value, known) in [
        (Code::PartnerRelease, &found.directory, &agreement.releases),
        (Code::PartnerSet, &found.kind, &agreement.receives),
    ] {
        if !known.iter().any(|known| super::same(known, value)) {
            let finding = Finding::new(code, at.clone().field("UNH.2")).found(value.as_bytes());
            let finding = finding.expected(format!("one of {}", known.join(", ")));
            findings.push(finding.in_documents(found.document, found.documents));
            codes.push(code);
        }
    }
    codes
}
