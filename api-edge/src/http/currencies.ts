/**
 * What wallets may be kept in: ISO 4217 currencies. Adding one is all it takes: the ledger opens
 * the platform's accounts of a currency with its first wallet.
 */
export const supportedCurrencies = [
  'AUD',
  'CAD',
  'CHF',
  'CZK',
  'DKK',
  'EUR',
  'GBP',
  'HUF',
  'JPY',
  'KWD',
  'NOK',
  'NZD',
  'PLN',
  'RON',
  'SEK',
  'SGD',
  'USD',
] as const;
