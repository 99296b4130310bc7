// Puts the page into the document.

import { render } from 'preact';
import { callBelow } from './api';
import { App } from './app';
import './styles/base.css';
import './styles/frame.css';
import './styles/question.css';

// The server writes its base path here.
const basePath = document.querySelector<HTMLMetaElement>('meta[name="base-path"]');
if (basePath) callBelow(basePath.content);

const root = document.getElementById('app');
if (root) render(<App />, root);
