// The list of kinds and what reads it, as one module: each `load` makes its own copy of what it loads.

export { chooseOption, keyedQuestion, kindOf, optionsOf, questionKinds } from '../../src/questions';
export { currentText, parts } from '../../src/parts';
export { answered, asked, isRevealed, marked, seen } from '../../src/mode';
