//! Which of the ERP's items an unknown SKU may be: by GTIN, by the code written in another way, by distance, by the
//! words of its description. Pure; it only suggests, and a person decides.
//!
//! A score is a whole number up to 100, so that the order is the same everywhere. Codes whose digits differ are mostly
//! two sizes of one thing, so that nearness alone never scores high for them.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::crosswalk::gtin_number;
use crate::limits;

/// Score of the same GTIN.
pub const SAME_GTIN: u8 = 100;
/// Score of the same code but for case, blanks and marks.
pub const SAME_CODE: u8 = 95;
/// Least score that is suggested.
pub const LEAST: u8 = 40;

const SAME_PARTS: u8 = 90;
const PADDED: u8 = 88;
const CONTAINED: u8 = 85;
const NEAR: u8 = 84;
const WORDS: u8 = 80;
/// Highest score of codes whose digits differ, of which only the distance is small.
const OTHER_DIGITS: u8 = 55;

/// What is seen of an unknown product. Each may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'s> {
    /// The code that the partner writes.
    pub code: &'s str,
    /// Its GTIN, if the partner names one.
    pub gtin: &'s str,
    /// Its description.
    pub text: &'s str,
}

/// An item that may be suggested.
#[derive(Clone, Copy, Debug, Default)]
pub struct Item<'i> {
    /// What the ERP calls it.
    pub item: &'i str,
    /// A code it goes by: its own, or a partner's that is translated into it already.
    pub code: &'i str,
    /// Its GTIN, or empty.
    pub gtin: &'i str,
    /// Its description, or empty.
    pub text: &'i str,
}

/// An item that an unknown SKU may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What the ERP calls it.
    pub item: String,
    /// How sure it is, up to 100.
    pub score: u8,
    /// Why, in a few words.
    pub why: String,
}

/// Items with what is needed to find those near to a SKU without a look at each.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    by_gtin: HashMap<u64, Vec<u32>, FixedState>,
    by_code: HashMap<Box<str>, Vec<u32>, FixedState>,
    /// Entries by the hash of three characters that stand together in the code.
    by_gram: HashMap<u64, Vec<u32>, FixedState>,
    /// Entries by the hash of a word of the description.
    by_word: HashMap<u64, Vec<u32>, FixedState>,
}

#[derive(Debug)]
struct Entry {
    item: Box<str>,
    code: Box<str>,
    gtin: Option<u64>,
    text: Box<str>,
}

impl Index {
    /// Adds an item; false when [`limits::SUGGEST_ITEMS`] are there already, or it has no name.
    pub fn add(&mut self, item: Item<'_>) -> bool {
        if self.entries.len() >= limits::SUGGEST_ITEMS || item.item.is_empty() {
            return false;
        }
        let at = self.entries.len() as u32;
        let code = cut(if item.code.is_empty() { item.item } else { item.code });
        let (folded, gtin) = (fold(code), gtin_number(item.gtin.trim().as_bytes()));
        for gram in grams(&folded) {
            self.by_gram.entry(gram).or_default().push(at);
        }
        for word in words(item.text) {
            self.by_word.entry(hash(&word)).or_default().push(at);
        }
        if let Some(gtin) = gtin {
            self.by_gtin.entry(gtin).or_default().push(at);
        }
        if !folded.is_empty() {
            self.by_code.entry(folded.into()).or_default().push(at);
        }
        self.entries.push(Entry { item: item.item.into(), code: code.into(), gtin, text: cut(item.text).into() });
        true
    }

    /// Items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries worth a closer look: those with the GTIN or the code, and those that share most with it.
    fn candidates(&self, seen: &Seen<'_>, folded: &str) -> Vec<u32> {
        let gtins = own_gtins(seen).into_iter().filter_map(|gtin| self.by_gtin.get(&gtin)).flatten();
        let codes = self.by_code.get(folded).into_iter().flatten();
        let mut found: Vec<u32> = gtins.chain(codes).copied().take(limits::SUGGEST_CLOSE_LOOKS).collect();
        found.extend(most_shared(&self.by_gram, grams(folded)));
        found.extend(most_shared(&self.by_word, words(seen.text).iter().map(|word| hash(word)).collect()));
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The items that an unknown SKU may be, the likeliest first; at most [`limits::SUGGESTIONS`], each at least [`LEAST`].
#[must_use]
pub fn rank(unknown: &Seen<'_>, items: &Index) -> Vec<Suggestion> {
    let unknown = Seen { code: cut(unknown.code), gtin: unknown.gtin, text: cut(unknown.text) };
    let seen_words = words(unknown.text);
    let folded = fold(unknown.code);
    let mut best: BTreeMap<&str, (u8, String)> = BTreeMap::new();
    for at in items.candidates(&unknown, &folded) {
        let Some(entry) = items.entries.get(at as usize) else { continue };
        let Some((score, why)) = score(&unknown, &seen_words, entry) else { continue };
        let known = best.entry(&entry.item).or_default();
        if score > known.0 {
            *known = (score, why);
        }
    }
    let mut ranked: Vec<Suggestion> = best
        .into_iter()
        .filter(|(_, (score, _))| *score >= LEAST)
        .map(|(item, (score, why))| Suggestion { item: item.to_owned(), score, why })
        .collect();
    // Of the same score the names' order stays.
    ranked.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.score));
    ranked.truncate(limits::SUGGESTIONS);
    ranked
}

/// The best reason counts; a second one that agrees lifts it half of the way it reaches itself.
fn score(unknown: &Seen<'_>, seen_words: &[String], entry: &Entry) -> Option<(u8, String)> {
    if entry.gtin.is_some_and(|gtin| own_gtins(unknown).contains(&gtin)) {
        return Some((SAME_GTIN, "the same GTIN".to_owned()));
    }
    let code = by_code(unknown.code, &entry.code);
    let text = by_words(seen_words, &words(&entry.text));
    match (code, text) {
        (Some(code), Some(text)) => {
            let (first, second) = if code.0 >= text.0 { (code, text) } else { (text, code) };
            let lift = u16::from(99_u8.saturating_sub(first.0)) * u16::from(second.0) / 200;
            Some((first.0 + lift as u8, format!("{}; {}", first.1, second.1)))
        }
        (one, other) => one.or(other),
    }
}

/// The GTINs that a SKU may stand for: its own, and the code itself when that is one.
fn own_gtins(seen: &Seen<'_>) -> Vec<u64> {
    [seen.gtin, seen.code].iter().filter_map(|text| gtin_number(text.trim().as_bytes())).collect()
}

fn by_code(seen: &str, known: &str) -> Option<(u8, String)> {
    let (one, other) = (fold(seen), fold(known));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other {
        let why = if seen.trim() == known { "the same code" } else { "the same code written otherwise" };
        return Some((SAME_CODE, why.to_owned()));
    }
    if sorted_parts(seen) == sorted_parts(known) {
        return Some((SAME_PARTS, "the same parts in another order".to_owned()));
    }
    if without_padding(seen) == without_padding(known) {
        return Some((PADDED, "the same code but for leading zeros".to_owned()));
    }
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    let (few, many) = (short.chars().count(), long.chars().count());
    let by_containing = (few >= 3 && (long.starts_with(short.as_str()) || long.ends_with(short.as_str())))
        .then(|| (share(few, many, CONTAINED), "one code begins or ends with the other".to_owned()));
    let distance = strsim::damerau_levenshtein(&one, &other);
    let near = |of| share(many.saturating_sub(distance), many, of);
    let differ =
        if distance == 1 { "one character differs".to_owned() } else { format!("{distance} characters differ") };
    let by_distance = match digits(&one) == digits(&other) {
        true => (near(NEAR), differ),
        false => (near(OTHER_DIGITS), format!("{differ}, digits among them")),
    };
    [by_containing, Some(by_distance)].into_iter().flatten().max_by_key(|(score, _)| *score)
}

/// Twice the words they share of all words of both, as of 80.
fn by_words(seen: &[String], known: &[String]) -> Option<(u8, String)> {
    let shared = seen.iter().filter(|word| known.contains(word)).count();
    (shared > 0).then(|| {
        let score = share(2 * shared, seen.len() + known.len(), WORDS);
        let same = if shared == 1 { "one word".to_owned() } else { format!("{shared} words") };
        (score, format!("{same} in common with the description"))
    })
}

fn share(part: usize, whole: usize, of: u8) -> u8 {
    (part.min(whole) * usize::from(of) / whole.max(1)) as u8
}

/// The entries that share most hashes with what is looked for. Rare ones are looked at first, and only so many in all, so
/// that what nearly every item has costs nothing.
fn most_shared(index: &HashMap<u64, Vec<u32>, FixedState>, mut hashes: Vec<u64>) -> Vec<u32> {
    let number = |hash: &u64| index.get(hash).map_or(0, Vec::len);
    hashes.sort_unstable_by_key(|hash| (number(hash), *hash));
    let (mut shared, mut looks) = (HashMap::<u32, u32, FixedState>::default(), 0);
    for hash in &hashes {
        looks += number(hash);
        // A look that goes beyond the limit is still made when nothing rarer was found.
        if looks > limits::SUGGEST_LOOKS && !shared.is_empty() {
            break;
        }
        for at in index.get(hash).into_iter().flatten().take(limits::SUGGEST_LOOKS) {
            *shared.entry(*at).or_default() += 1;
        }
    }
    let mut most: Vec<(u32, u32)> = shared.into_iter().collect();
    most.sort_unstable_by_key(|(at, count)| (std::cmp::Reverse(*count), *at));
    most.into_iter().take(limits::SUGGEST_CLOSE_LOOKS).map(|(at, _)| at).collect()
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// Every three characters that stand together, with the border of the code as one of them.
fn grams(folded: &str) -> Vec<u64> {
    let chars: Vec<char> = std::iter::once(' ').chain(folded.chars()).chain([' ']).collect();
    let mut grams: Vec<u64> = chars.windows(3).map(|three| FixedState::default().hash_one(three)).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// No code or text is looked at beyond [`limits::SUGGEST_CHARS`] characters.
fn cut(text: &str) -> &str {
    let text = text.trim();
    text.char_indices().nth(limits::SUGGEST_CHARS).map_or(text, |(at, _)| &text[..at])
}

/// Letters and digits only, in upper case and without accents: what a code or word is compared by.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| c.is_alphanumeric()) {
        match plain(c) {
            Some(letters) => out.push_str(letters),
            None => out.extend(c.to_uppercase()),
        }
    }
    out
}

/// A Latin letter with an accent as it is written without.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'Ä' | 'ä' | 'Æ' | 'æ' => "AE",
        'Ö' | 'ö' | 'Ø' | 'ø' | 'Œ' | 'œ' => "OE",
        'Ü' | 'ü' => "UE",
        'ß' | 'ẞ' => "SS",
        'À'..='Ã' | 'à'..='ã' | 'Ā'..='ą' => "A",
        'Å' | 'å' => "AA",
        'Ç' | 'ç' | 'Ć'..='č' => "C",
        'Ď'..='đ' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "E",
        'Ğ' | 'ğ' => "G",
        'Ì'..='Ï' | 'ì'..='ï' | 'İ' | 'ı' => "I",
        'Ł' | 'ł' => "L",
        'Ñ' | 'ñ' | 'Ń'..='ň' => "N",
        'Ò'..='Õ' | 'ò'..='õ' | 'Ő' | 'ő' => "O",
        'Ř' | 'ř' => "R",
        'Ś'..='š' => "S",
        'Ţ'..='ť' => "T",
        'Ù'..='Û' | 'ù'..='û' | 'Ů'..='ű' => "U",
        'Ý' | 'ý' | 'ÿ' => "Y",
        'Ź'..='ž' => "Z",
        _ => return None,
    })
}

/// The words of a text, each once, sorted.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(fold).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}

fn parts(code: &str) -> impl Iterator<Item = String> {
    code.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(fold)
}

fn sorted_parts(code: &str) -> Vec<String> {
    let mut parts: Vec<String> = parts(code).collect();
    parts.sort_unstable();
    parts
}

/// The code without zeros in front of a part that is a number.
fn without_padding(code: &str) -> String {
    let strip = |part: String| {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.trim_start_matches('0').to_owned() } else { part }
    };
    parts(code).map(strip).collect()
}

fn digits(folded: &str) -> String {
    folded.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(items: &[(&str, &str, &str)]) -> Index {
        let mut index = Index::default();
        for (item, gtin, text) in items {
            assert!(index.add(Item { item, code: "", gtin, text }));
        }
        index
    }

    fn seen<'s>(code: &'s str, gtin: &'s str, text: &'s str) -> Seen<'s> {
        Seen { code, gtin, text }
    }

    #[test]
    fn reasons_rank_in_their_order() {
        let items = index(&[
            ("10001", "4006381333931", "Highlighter yellow"),
            ("MUG-RED", "", "Mug, red, 300 ml"),
            ("MUG-BLUE", "", "Mug, blue, 300 ml"),
            ("TEA-BLACK-250", "", "Black tea 250 g"),
            ("TEA-BLACK-500", "", "Black tea 500 g"),
            ("BÜRO-7", "", ""),
            ("000471", "", ""),
        ]);
        type Case<'c> = (Seen<'c>, &'c str, u8, u8);
        let cases: &[Case<'_>] = &[
            (seen("anything", "04006381333931", ""), "10001", SAME_GTIN, SAME_GTIN),
            (seen("4006381333931", "", ""), "10001", SAME_GTIN, SAME_GTIN),
            (seen("mug red", "", ""), "MUG-RED", SAME_CODE, SAME_CODE),
            (seen("BUERO_7", "", ""), "BÜRO-7", SAME_CODE, SAME_CODE),
            (seen("RED-MUG", "", ""), "MUG-RED", SAME_PARTS, SAME_PARTS),
            (seen("471", "", ""), "000471", PADDED, PADDED),
            (seen("SHOP-MUG-RED", "", ""), "MUG-RED", 45, 60),
            (seen("MUG-RDE", "", ""), "MUG-RED", 65, 75),
            (seen("TEA-BLACK-300", "", ""), "TEA-BLACK-500", LEAST, OTHER_DIGITS),
            (seen("X9", "", "black tea, 500 g"), "TEA-BLACK-500", WORDS, WORDS),
            (seen("MUG-RDE", "", "red mug 300 ml"), "MUG-RED", 81, 98),
        ];
        for (unknown, item, least, most) in cases {
            let ranked = rank(unknown, &items);
            let first = ranked.first().unwrap_or_else(|| panic!("{unknown:?}"));
            assert!((*least..=*most).contains(&first.score), "{unknown:?} {ranked:?}");
            assert_eq!(first.item, *item, "{unknown:?} {ranked:?}");
            assert!(!first.why.is_empty());
        }
        assert_eq!(rank(&seen("ZZZZZZ", "", "nothing"), &items), []);
        assert_eq!(rank(&seen("", "", ""), &items), []);
    }

    #[test]
    fn a_partners_code_leads_to_its_item_and_each_item_is_told_once() {
        let mut items = Index::default();
        items.add(Item { item: "10001", code: "MUG-RED", gtin: "", text: "" });
        items.add(Item { item: "10001", code: "MUG-RED-2", gtin: "", text: "" });
        items.add(Item { item: "10002", code: "MUG-REDDISH", gtin: "", text: "" });
        let ranked = rank(&seen("Mug.Red", "", ""), &items);
        assert_eq!(ranked.iter().map(|found| found.item.as_str()).collect::<Vec<_>>(), ["10001", "10002"]);
        assert!(!items.add(Item::default()));
    }

    #[test]
    fn what_every_item_shares_hides_none_that_shares_more() {
        let mut items = Index::default();
        for number in 0..50_000 {
            items.add(Item { item: &format!("SHOP-ITEM-{number:06}"), code: "", gtin: "", text: "Item of the shop" });
        }
        items.add(Item { item: "SHOP-ITEM-QXZ", code: "", gtin: "", text: "Item of the shop" });
        let ranked = rank(&seen("shop_item_qxy", "", ""), &items);
        assert_eq!(ranked[0].item, "SHOP-ITEM-QXZ");
        assert!(ranked.len() <= limits::SUGGESTIONS);
    }

    #[test]
    fn text_of_any_length_and_script_is_taken() {
        let long = "ß漢字🎈".repeat(10_000);
        let mut items = Index::default();
        items.add(Item { item: &long, code: "", gtin: &long, text: &long });
        let ranked = rank(&seen(&long, &long, &long), &items);
        assert_eq!(ranked.len(), 1);
    }
}
