// The same number formats as the server's, by the page's language and the clinic's currency.
export function formatter({ unit = "count", currency = "CNY", decimals }) {
  const language = document.documentElement.lang || "en";
  const plain = (options) => new Intl.NumberFormat(language, options);
  const money = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const digits = new Intl.NumberFormat(language, money).resolvedOptions().maximumFractionDigits;
  const long = {
    count: plain({ maximumFractionDigits: decimals ?? 1 }),
    percent: plain({ style: "percent", maximumFractionDigits: decimals ?? 1 }),
    money: plain({ ...money, maximumFractionDigits: 0 }),
    days: plain({ style: "unit", unit: "day", unitDisplay: "long", maximumFractionDigits: decimals ?? 0 }),
  }[unit];
  const short = {
    count: plain({ notation: "compact" }),
    percent: plain({ style: "percent", maximumFractionDigits: decimals ?? 1 }), // 0.5% is not 1%
    money: plain({ ...money, notation: "compact" }),
    days: long,
  }[unit];
  const scale = unit === "money" ? 10 ** -digits : 1; // money comes in minor units
  return (value, options = {}) => (options.short ? short : long).format(value * scale);
}
