//! Real exports that are not part of the repository: where their folder lies beside it, every count and total is
//! compared with what an independent reading of the same file gives.

#![expect(clippy::inconsistent_digit_grouping, reason = "the last two digits are the hundredths")]

use std::path::PathBuf;

use super::support::{root, run, skipped};

/// The files read together, and what is in them: layout, documents, lines, quantity and amount in hundredths. Of products
/// the stock and the prices, of inventory what is on hand.
type Sample = (&'static [&'static str], &'static str, usize, usize, i64, i64);

const SAMPLES: [Sample; 39] = [
    (&["shopify/orders_export_us_2023_anonymised.csv"], "shopify/orders", 38, 63, 82_00, 4463_72),
    (&["shopify/orders_export_devstore_2025.csv"], "shopify/orders", 51, 121, 258_00, 585_942_00),
    (&["amazon/unshipped_orders_report_2025_anonymised.txt"], "amazon/unshipped", 2, 2, 2_00, 0),
    (&["ebay/orders_report_us_reduced_columns.csv"], "ebay/orders", 4, 5, 5_00, 233_00),
    (
        &["volusion/Orders_anonymised.csv", "volusion/OrderDetails_anonymised.csv"],
        "volusion/orders",
        31,
        44,
        35_00,
        5761_10,
    ),
    (&["walmart/orders_v3_list.xml"], "walmart/orders-xml", 2, 2, 2_00, 50_00),
    (&["walmart/order_v3_created.xml"], "walmart/orders-xml", 1, 1, 1_00, 124_98),
    (&["walmart/order_v3_cancelled.xml"], "walmart/orders-xml", 1, 1, 1_00, 0),
    (&["walmart/order_v3_shipped.xml"], "walmart/orders-xml", 1, 1, 1_00, 124_98),
    (&["walmart/walmart_850_x12_5010_2023.edi"], "x12/850", 1, 25, 342_00, 1177_55),
    (&["shopify/products_export_2023_markets.csv"], "shopify/products", 95, 0, 43_00, 36_715_00),
    (&["shopify/products_import_apparel.csv"], "shopify/products", 22, 0, 22_00, 1295_00),
    (&["shopify/products_import_home-and-garden.csv"], "shopify/products", 21, 0, 65_00, 2345_84),
    (&["shopify/products_import_jewelery.csv"], "shopify/products", 23, 0, 20_00, 980_74),
    (&["shopify/inventory_export_2025_not_editable_first60.csv"], "shopify/inventory", 1, 56, 8571_00, 0),
    (&["magento/catalog_product.csv"], "magento/products", 6, 0, 300_00, 80_00),
    (&["magento/configurable_product_import.csv"], "magento/products", 3, 0, 0, 200_00),
    (&["magento/stock_sources.csv"], "magento/stock-sources", 1, 4, 45_65, 0),
    (&["magento/stock_sources_export_full.csv"], "magento/stock-sources", 1, 6, 39_50, 0),
    (&["magento/customer_composite.csv"], "magento/customers", 1, 0, 0, 0),
    (&["magento/customer.csv"], "magento/customers", 1, 0, 0, 0),
    (&["magento/customer_address.csv"], "magento/customer-addresses", 1, 0, 0, 0),
    (&["volusion/Customers_anonymised.csv"], "volusion/customers", 27, 0, 0, 0),
    (&["amazon/order_report_AmazonEnvelope.xml"], "amazon/orders-xml", 1, 1, 1_00, 17_55),
    (&["ebay/revise_price_quantity_template_us.csv"], "ebay/price-quantity", 1, 0, 1_00, 123_53),
    (&["ubl/UBL-Order-2.1-Example.xml"], "ubl/order-2.1", 1, 2, 135_00, 6225_00),
    (&["ubl/UBL-DespatchAdvice-2.0-Example.xml"], "ubl/despatch-advice-2.1", 1, 1, 90_00, 0),
    (&["ubl/UBL-InventoryReport-2.1-Example.xml"], "ubl/inventory-report-2.1", 1, 3, 0, 0),
    (&["sap_idoc/blueseer_ACME_IDOC_ORDERS05.txt"], "sap/orders05-flat", 1, 4, 14_00, 2071_58),
    (&["sap_idoc/blueseer_ACME_IDOC_INVOIC02out.txt"], "sap/invoic02-flat", 1, 2, 112_00, 781_31),
    (&["sap_idoc/blueseer_ACME_IDOC_SHIPMNT02out.txt"], "sap/shpmnt05-flat", 1, 2, 444_00, 0),
    (&["cxml/fofcxml_OrderRequest.xml"], "cxml/order-request", 1, 2, 30_00, 85_00),
    (&["cxml/fofcxml_fixture_order_request.xml"], "cxml/order-request", 1, 1, 1_00, 10_00),
    (&["cxml/officeluv_order_request.xml"], "cxml/order-request", 1, 2, 10_00, 91_71),
    // The whole order was shipped, and no goods are named: the document has no lines and is refused.
    (&["cxml/fofcxml_ShipNoticeRequest.xml"], "cxml/ship-notice-request", 1, 0, 0, 0),
    (
        &["opentrans/sample_dispatchnotification_opentrans_2_1.xml"],
        "opentrans/dispatch-notification-2.1",
        1,
        1,
        4000_00,
        0,
    ),
    // Orders that F&O shall number itself: they are refused for want of a number, and the lines of the first have an
    // element name of their own.
    (&["d365fo/blueseer_D365_DMF_salesorderv2_ex1.xml"], "dynamics-fo/sales-orders-xml", 1, 0, 0, 0),
    (&["d365fo/blueseer_D365_DMF_salesorderv2_ex2.xml"], "dynamics-fo/sales-orders-xml", 1, 1, 3_00, 450_00),
    (&["salesforce/dataloader_accountData_selected_rows_anonymised.csv"], "salesforce/accounts", 38, 0, 0, 0),
];

#[test]
fn real_exports_have_the_counts_and_totals_they_should() {
    let folder = root().join("../shared/formats/samples");
    if !folder.is_dir() {
        return skipped("the folder of samples is not beside the repository");
    }
    for (names, layout, documents, lines, quantity, amount) in SAMPLES {
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
        let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let inspected = run(&["inspect", paths[0]]).out;
        assert!(inspected.contains(&format!(": {layout} (")), "{names:?}: {inspected}");
        let mut arguments = vec!["convert"];
        arguments.extend(&paths);
        arguments.extend(["--to", "json"]);
        let read: Vec<serde_json::Value> =
            run(&arguments).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let goods: Vec<&serde_json::Value> =
            read.iter().filter_map(|document| document["lines"].as_array()).flatten().collect();
        let headers: Vec<&serde_json::Value> = read.iter().map(|document| &document["header"]).collect();
        let (rows, counted, summed) = match read.first().and_then(|document| document["kind"].as_str()) {
            Some("product" | "customer") => (&headers, "quantity", "price"),
            Some("inventory") => (&goods, "on_hand", "amount"),
            _ => (&goods, "quantity", "amount"),
        };
        let sum = |key: &str| rows.iter().map(|row| hundredths(&row[key])).sum::<i64>();
        let found = (read.len(), goods.len(), sum(counted), sum(summed));
        assert_eq!(found, (documents, lines, quantity, amount), "{names:?}");
    }
}

/// A decimal in hundredths; a value that is not there counts nothing.
fn hundredths(value: &serde_json::Value) -> i64 {
    let Some(text) = value.as_str() else { return 0 };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<2}");
    assert!(part[2..].bytes().all(|digit| digit == b'0'), "{text} is finer than a hundredth");
    sign * (whole.parse::<i64>().unwrap() * 100 + part[..2].parse::<i64>().unwrap())
}
