//! Where files may be cut.

use proptest::prelude::*;

use super::super::*;

fn borders() -> Borders {
    Borders::new(
        [&["list", "order"][..], &["order"]].map(|path| path.iter().map(|n| (*n).to_owned()).collect()).to_vec(),
    )
}

/// What stands behind the last border, whether the rest is refused, and the names open at the border.
fn look(text: &str) -> (&str, bool, Vec<String>) {
    let mut borders = borders();
    let look = borders.look(text.as_bytes());
    (&text[look.border..], look.refused.is_some(), borders.cut().0)
}

#[test]
fn the_last_border_is_behind_markup_outside_documents() {
    for (text, behind, open) in [
        ("<list><order>1</order> <ord", " <ord", "list"),
        ("<list><order>1</order><order><x/>", "<order><x/>", "list"),
        ("<n:list><n:order/><head><order>", "", "n:list head order"),
        ("<n:list a='>'><n:order b=\"</n:order>\">", "<n:order b=\"</n:order>\">", "n:list"),
        ("<list><order><!-- </order> --><order></order>", "<order><!-- </order> --><order></order>", "list"),
        ("<list><order><![CDATA[</order>]]>", "<order><![CDATA[</order>]]>", "list"),
        ("<list><order><?p </order>?><x></x>", "<order><?p </order>?><x></x>", "list"),
        ("<list><order></order ></list> ", " ", ""),
        ("<!-- x --><order><line>", "<order><line>", ""),
        ("text only", "text only", ""),
    ] {
        let open: Vec<String> = open.split_whitespace().map(str::to_owned).collect();
        assert_eq!(look(text), (behind, false, open), "{text}");
    }
}

#[test]
fn what_a_reader_refuses_ends_the_search() {
    for text in ["<!DOCTYPE a><list>", "<list><order><!x></order>", "</list>", "<list></list></list><list>"] {
        assert!(look(text).1, "{text}");
    }
    assert!(look(&"<a>".repeat(crate::limits::XML_DEPTH + 1)).1);
    assert!(look(&format!("<list><order><a b='{}", "x".repeat(crate::limits::FIELD_BYTES))).1);
}

#[test]
fn a_doctype_that_declares_nothing_is_passed_where_it_is_allowed() {
    let look = |text: &str| {
        let mut borders = borders().with_bare_doctype(true);
        borders.look(text.as_bytes())
    };
    let text = "<!DOCTYPE list SYSTEM \"a>b\"><!-- x --><list>";
    assert_eq!(look(text), Look { border: text.len(), refused: None });
    // Nothing is cut between it and the root, where a reader could take another.
    assert_eq!(look("<!DOCTYPE list><!-- x -->"), Look { border: 0, refused: None });
    for refused in ["<!DOCTYPE a [<!ENTITY x 'y'>]><list>", "<!DOCTYPE a><!DOCTYPE a><list>", "<list><!DOCTYPE a>"] {
        assert!(look(refused).refused.is_some(), "{refused}");
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_in_which_pieces_the_text_comes(cuts in prop::collection::vec(0_usize..120, 0..8)) {
        let text = "<list><h a=\">\"/><order><l/>x</order>\n<!-- > --><order k='/>'><order></order></order><order>".as_bytes();
        let (mut pieces, mut whole) = (borders(), borders());
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        for cut in cuts {
            pieces.look(&text[..cut]);
        }
        prop_assert_eq!(pieces.look(text), whole.look(text));
        prop_assert_eq!(pieces.cut(), whole.cut());
    }
}
