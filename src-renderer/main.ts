// Picks the world the page lives in, connects, and mounts. Nothing else asks where it runs.
import { mount } from 'svelte';
import type { HostBridge } from '#shared/host';
import App from './App.svelte';
import { browserHost } from './platform/browser';
import { electronHost } from './platform/electron';
import { Workbench } from './state/workbench.svelte';
import './theme/tokens.css';
import './theme/base.css';
import './theme/charts.css';
import './theme/train.css';

declare global {
  interface Window {
    readonly latentscape?: HostBridge;
  }
}

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');
const host = window.latentscape === undefined ? browserHost() : electronHost(window.latentscape);
const workbench = new Workbench(host);
mount(App, { target, props: { workbench } });
void workbench.session.run();
