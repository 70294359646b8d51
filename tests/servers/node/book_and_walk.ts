// Book a journal entry, walk all invoices, be refused once; say what came of it as JSON.
// The types in schema.d.ts are made from the schema before this is compiled.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [baseUrl = "", key = ""] = process.argv.slice(2);
const bee = createClient<paths>({ baseUrl, headers: { "x-api-key": key } });

type Entry = components["schemas"]["CreateJournalEntryV2Dto"];
type Row = components["schemas"]["PublicInvoiceListItem"];

function given<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const accounts = given(await bee.GET("/v1/accounts"));
const id = (number: number): string => {
  const found = accounts.find((account) => account.accountNumber === number);
  if (!found?.id) throw new Error(`no account ${number}`);
  return found.id;
};
const entry: Entry = {
  entryType: "journal",
  date: "2026-06-01",
  originalAmount: 1234.56,
  reference: "TS-1",
  lines: [
    { accountId: id(2010), type: "debit", amount: 1234.56 },
    { accountId: id(5820), type: "credit", amount: 1234.56 },
  ],
};
const booked = given(await bee.POST("/v2/journal-entries", { body: entry }));

const rows: Row[] = [];
for (let page = 1, pages = 1; page <= pages; page += 1) {
  const answer = given(await bee.GET("/v1/invoices", { params: { query: { page, limit: 25 } } }));
  rows.push(...answer.data);
  pages = answer.totalPages;
}

const broken = { ...entry, originalAmount: 1, lines: entry.lines.slice(0, 1) };
const refused = await bee.POST("/v2/journal-entries", { body: broken });

console.log(JSON.stringify({ booked, rows, refused: refused.error }));
