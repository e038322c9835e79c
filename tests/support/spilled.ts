/** What looks like it in no log may stand: tokens, addresses, passwords, numbers of cards. */
const forbidden: Readonly<Record<string, RegExp>> = {
  'a token': /\beyJ[\w-]{10,}\.[\w-]+/,
  'an e-mail address': /[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b/i,
  'a password': /sandbox-Password|"(password|client_secret)":"(?!\[)/,
  'the number of a card':
    /\b(4242424242424242|4111111111111111|5105105105105100|5555555555554444)\b/,
};

/** @returns what was found in a log, and where; without the secret itself */
export function findSpilled(role: string, log: string): string[] {
  const lines = log.split('\n');
  return Object.entries(forbidden).flatMap(([what, pattern]) => {
    const at = lines.findIndex((line) => pattern.test(line));
    return at < 0 ? [] : [`the log of ${role} shows ${what} in line ${at + 1}`];
  });
}
