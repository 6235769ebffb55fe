//! Values that a standard defines: check digits of GTINs, codes of currencies.

/// Whether a text is a GTIN of 8, 12, 13 or 14 digits with its check digit.
///
/// GS1 General Specifications: from the right of the data digits weights 3, 1, 3, 1 …; the sum with the check digit is
/// a multiple of 10.
#[must_use]
pub fn has_check_digit(gtin: &[u8]) -> bool {
    if !matches!(gtin.len(), 8 | 12 | 13 | 14) || !gtin.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted = |(place, digit): (usize, &u8)| u32::from(digit - b'0') * if place % 2 == 1 { 3 } else { 1 };
    gtin.iter().rev().enumerate().map(weighted).sum::<u32>() % 10 == 0
}

/// Whether a text is an active currency code of ISO 4217.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    CURRENCIES.binary_search(&code).is_ok()
}

/// Active currency codes of ISO 4217, sorted.
const CURRENCIES: [&str; 161] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
    "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN",
    "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON",
    "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UYW",
    "UZS", "VED", "VES", "VND", "VUV", "WST", "XAD", "XAF", "XCD", "XCG", "XDR", "XOF", "XPF", "YER", "ZAR", "ZMW",
    "ZWG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_gs1_examples() {
        for (gtin, expected) in [
            ("6291041500213", true),
            ("4006381333931", true),
            ("072180634719", true),
            ("00072180634719", true),
            ("4006381333932", false),
            ("400638133393", false),
            ("40063813339A1", false),
        ] {
            assert_eq!(has_check_digit(gtin.as_bytes()), expected, "{gtin}");
        }
    }

    #[test]
    fn currencies_are_sorted() {
        assert!(CURRENCIES.is_sorted());
    }
}
