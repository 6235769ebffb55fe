use super::*;

const ANY: Query<'_> = Query { scope: "shop", unit: "", day: "2026-03-01" };

fn refused(table: Table, text: &str) -> Vec<Code> {
    Crosswalk::load(table, text.as_bytes()).map(|_| ()).unwrap_err().kept().iter().map(|f| f.code).collect()
}

#[test]
fn a_row_of_the_partner_and_of_the_day_is_found() {
    let text = "partner,sku,gtin,item,factor,valid_from,valid_to\n,A,4006381333931,I-1,,,2025-12-31\n,A,,I-2,,2026-01-01,\nshop,B,,I-3,12,,\n,B,,I-4,,,\n";
    let table = Crosswalk::load(Table::Sku, text.as_bytes()).unwrap();
    let item = |code: &str, query| table.find(code.as_bytes(), query).map(|row| row.target);
    assert_eq!(item("A", ANY), Some("I-2"));
    assert_eq!(item("A", Query { day: "2025-06-01", ..ANY }), Some("I-1"));
    assert_eq!(item("B", ANY), Some("I-3"));
    assert_eq!(item("B", Query { scope: "other", ..ANY }), Some("I-4"));
    assert_eq!(item("C", ANY), None);
    let old = Query { day: "2025-06-01", ..ANY };
    assert_eq!(table.find_gtin(b"04006381333931", old).map(|row| row.target), Some("I-1"));
}

#[test]
fn t01_the_same_key_with_another_target_is_refused() {
    assert_eq!(refused(Table::Sku, "sku,item\nA,1\nA,2\n"), [Code::TableKeyDuplicate]);
    assert!(Crosswalk::load(Table::Sku, b"sku,item\nA,1\nA,1\n").is_ok());
}

#[test]
fn t03_t05_t11_t12_and_missing_columns_are_refused() {
    assert_eq!(refused(Table::Sku, "sku,item,factor\nA,1,0\n"), [Code::TableValue]);
    assert_eq!(
        refused(Table::Unit, "list,code,erp_unit,factor\nx12,CS,EA,12\nx12,CS,EA,6\n"),
        [Code::TableContradiction]
    );
    let overlap = "sku,item,valid_from,valid_to\nA,1,2026-01-01,2026-06-30\nA,2,2026-06-30,\n";
    assert_eq!(refused(Table::Sku, overlap), [Code::TableKeyDuplicate]);
    assert_eq!(refused(Table::Sku, "sku,item\nA,1"), [Code::TableIncomplete]);
    assert_eq!(refused(Table::Sku, "sk,item\nA,1\n"), [Code::TableColumns]);
}

#[test]
fn t10_skus_are_text() {
    let table = Crosswalk::load(Table::Sku, b"sku,item\n007,1\n1E5,2\n").unwrap();
    assert!(table.find(b"007", ANY).is_some() && table.find(b"1E5", ANY).is_some());
    assert!(table.find(b"7", ANY).is_none() && table.find(b"100000", ANY).is_none());
}

#[test]
fn a_code_of_one_list_means_nothing_in_another() {
    let table = Crosswalk::load(Table::Unit, b"list,code,erp_unit,factor\nx12,CA,CS,1\ntext,dozen,EA,12\n").unwrap();
    assert!(table.find_unit("x12", "CA").is_some() && table.find_unit("rec20", "CA").is_none());
    assert_eq!(table.find_unit("text", "Dozen").and_then(|row| row.factor), Ratio::parse("12"));
}
