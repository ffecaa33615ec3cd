/** Draws the photos of the sample data: `bun scripts/browser/sample-photos.ts`. */
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { browserPath } from './stage.ts'

const folder = join(import.meta.dir, '../../services/inventory/sample-photos')
const [width, height, quality] = [640, 480, 0.82]

const street = `<rect width="640" height="480" fill="url(#sky)"/>
  <path d="M0 270h70v-60h60v40h90v-90h80v60h110v-110h70v90h90v-50h70v180H0z" fill="#b9c6cf"/>
  <rect y="318" width="640" height="162" fill="#8b9299"/>
  <rect y="318" width="640" height="10" fill="#c9ced2"/>
  <path d="M20 440h120m90 0h120m90 0h120" stroke="#e8eaec" stroke-width="8"/>`
const yard = `<rect width="640" height="480" fill="url(#sky)"/>
  <path d="M0 150l160-60 160 60 160-60 160 60v180H0z" fill="#a8a39a"/>
  <path d="M60 210h110v120H60zm210 0h110v120H270zm210 0h110v120H480z" fill="#6f6b64"/>
  <path d="M60 240h110M60 270h110M270 240h110M270 270h110M480 240h110M480 270h110"
    stroke="#827d75" stroke-width="5"/>
  <rect y="328" width="640" height="152" fill="#95918a"/>`
const shadow = (x: number, w: number) =>
  `<ellipse cx="${x}" cy="404" rx="${w}" ry="12" fill="#000" opacity=".28"/>`
const wheel = (x: number, r = 36) => `<g transform="translate(${x} ${404 - r})">
  <circle r="${r}" fill="#22262a"/><circle r="${r * 0.58}" fill="#c3c8cc"/>
  <circle r="${r * 0.18}" fill="#5b6167"/></g>`
const glass = 'fill="url(#glass)" stroke="#1f2a33" stroke-width="4"'

const saloon = (paint: string, dark: string) => `${street}${shadow(320, 250)}
  <path d="M84 372q-10-52 22-62l74-14 66-64q10-10 26-10h126q20 0 34 14l58 60 60 12q26 8 22 64z"
    fill="${paint}"/>
  <path d="M206 296l54-52q6-6 14-6h46v58zm130-58h58q10 0 18 8l44 50H336z" ${glass}/>
  <path d="M84 352h488v20H84z" fill="${dark}"/>
  <path d="M328 300v66M210 318h34M396 318h34" stroke="${dark}" stroke-width="4"/>
  <path d="M556 320h16l2 18h-18z" fill="#f6e7a8"/><path d="M92 322h14v18H88z" fill="#d33"/>
  ${wheel(178)}${wheel(470)}`
const hatchback = (paint: string, dark: string) => `${street}${shadow(320, 200)}
  <path d="M140 372q-8-96 10-116 8-30 34-34h156q24 0 40 18l46 58 52 12q26 6 22 62z"
    fill="${paint}"/>
  <path d="M176 294v-42q2-10 14-10h76v52zm108-52h50q12 0 20 10l32 42H284z" ${glass}/>
  <path d="M138 354h364v18H138z" fill="${dark}"/>
  <path d="M276 300v66M292 318h32" stroke="${dark}" stroke-width="4"/>
  <path d="M482 320h18l2 18h-20z" fill="#f6e7a8"/><path d="M143 300h12v26h-14z" fill="#7a1210"/>
  ${wheel(214, 34)}${wheel(432, 34)}`
const van = `${street}${shadow(320, 260)}
  <path d="M66 378V176q0-22 22-22h318q26 0 44 22l66 84 48 18q20 10 20 34v66z" fill="#f3f5f6"/>
  <path d="M66 342h518v36H66z" fill="#c9d0d5"/>
  <path d="M396 262v-74q26-2 40 14l48 60z" ${glass}/>
  <path d="M378 166v206M222 166v206" stroke="#c3cacf" stroke-width="5"/>
  <path d="M350 286h20M412 286h26" stroke="#8b949b" stroke-width="6"/>
  <path d="M96 220h250v26H96z" fill="#1f6b57"/>
  <path d="M560 296h20l4 24h-24z" fill="#f6e7a8"/>${wheel(170, 40)}${wheel(488, 40)}`
const lorry = `${yard}${shadow(320, 280)}
  <rect x="36" y="142" width="366" height="216" rx="6" fill="#e7e2d4"/>
  <path d="M36 200h366M36 258h366" stroke="#cfc8b5" stroke-width="5"/>
  <rect x="60" y="170" width="170" height="26" fill="#c77b20"/>
  <path d="M414 358V196q0-18 18-18h88q16 0 26 14l34 60q8 14 8 30v76z" fill="#d98a2b"/>
  <path d="M440 252v-46h72q8 0 12 8l22 38z" ${glass}/>
  <path d="M36 352h556v24H36z" fill="#4a4f54"/><path d="M572 300h18v26h-18z" fill="#f6e7a8"/>
  ${wheel(124, 42)}${wheel(218, 42)}${wheel(508, 42)}`
const truck = `${yard}${shadow(320, 290)}
  <path d="M24 150h330l-26 150H50z" fill="#7b8a94"/>
  <path d="M92 150l12 150m66-150l4 150m74-150l-6 150" stroke="#66747d" stroke-width="7"/>
  <path d="M380 352V150q0-18 18-18h112q18 0 28 16l34 64q8 14 8 32v108z" fill="#2d5f8f"/>
  <path d="M404 226v-62h96q10 0 16 10l26 52z" ${glass}/>
  <path d="M366 130h12v210h-12z" fill="#c9ced2"/>
  <path d="M24 320h330v30h230v30H24z" fill="#3d4348"/><path d="M560 306h20v26h-20z" fill="#f6e7a8"/>
  ${wheel(92, 44)}${wheel(190, 44)}${wheel(286, 44)}${wheel(500, 44)}`

const room = (wall: string, floor: string, view: string) => `
  <rect width="640" height="480" fill="${wall}"/>
  <path d="M0 372l120-52h400l120 52v108H0z" fill="${floor}"/>
  <path d="M60 70h220v170H60z" fill="#fff"/>
  <path d="M70 80h95v150H70zm105 0h95v150h-95z" fill="${view}"/>
  <path d="M70 190q40-44 95-8v48H70zm105-10q50-20 95 14v36h-95z" fill="#7fa58a"/>`
const chair = (x: number, y: number, tone: string) => `<g transform="translate(${x} ${y})">
  <rect x="-24" y="-58" width="48" height="54" rx="12" fill="${tone}"/>
  <rect x="-28" y="-8" width="56" height="14" rx="7" fill="${tone}"/>
  <path d="M-18 6v34M18 6v34" stroke="#3b4046" stroke-width="6"/></g>`
const table = (x: number, w: number, y: number) => `
  <path d="M${x} ${y}h${w}l34 44H${x - 34}z" fill="#b98555"/>
  <path d="M${x - 34} ${y + 44}h${w + 68}v14H${x - 34}z" fill="#8d6239"/>
  <path d="M${x} ${y + 58}v60m${w} 0v-60" stroke="#6f4b2a" stroke-width="12"/>`
const screen = `<rect x="356" y="90" width="220" height="130" rx="6" fill="#20262b"/>
  <path d="M372 106h188v98H372z" fill="#2f7d68"/>
  <path d="M392 178l40-34 34 20 62-44" fill="none" stroke="#e8f3ef" stroke-width="7"/>`
const oslo = `${room('#e9e4da', '#c7b299', '#bcd9ea')}${screen}
  ${chair(230, 330, '#3f6f8f')}${chair(320, 322, '#3f6f8f')}${chair(410, 330, '#3f6f8f')}
  ${table(220, 200, 330)}`
const lisbon = `${room('#f0e2cf', '#a9b4b9', '#cfe6f2')}${screen}
  ${[150, 230, 310, 390, 470].map((x) => chair(x, 322, '#c26a3a')).join('')}${table(130, 380, 330)}
  <path d="M590 420v-70" stroke="#7a5a3a" stroke-width="8"/>
  <path d="M590 356q-44-20-36-66 40 14 36 66zm0 0q44-20
    36-70-42 18-36 70zm0-20q-6-50 0-80 14 40 0 80z"
    fill="#4d8a5a"/>`
const hall = `<rect width="640" height="480" fill="#efe7d8"/>
  <path d="M0 0h640L500 90H140z" fill="#d9cdb6"/><path d="M140 90h360v150H140z" fill="#f7f1e4"/>
  <path d="M210 112h220v110H210z" fill="#2b3238"/><path d="M222 122h196v90H222z" fill="#dfeaf0"/>
  <path d="M30 110h60v150l-60 40zm580 0h-60v150l60 40z" fill="#bcd9ea"/>
  <path d="M140 240h360l140 240H0z" fill="#b28a5f"/>
  <path d="M180 240h280l20 26H160z" fill="#7d5a38"/>
  ${[292, 340, 400, 470]
    .map((y, row) =>
      Array.from({ length: 9 }, (_, at) => {
        const gap = 36 + row * 12
        const size = 12 + row * 5
        const x = 320 + (at - 4) * gap - size
        return `<rect x="${x}" y="${y - size * 2}" width="${size * 2}" height="${size * 2}" rx="${
          size / 2
        }" fill="${['#8c3b3b', '#934141', '#9b4848', '#a34f4f'][row]}"/>`
      }).join(''),
    )
    .join('')}
  <path d="M250 0v46m70-46v60m70-60v46" stroke="#8b8375" stroke-width="4"/>
  <path d="M236 46h28l8 20h-44zm70 14h28l8 20h-44zm70-14h28l8 20h-44z" fill="#e9c46a"/>`

const scenes = {
  'blue-skoda': saloon('#2f63b5', '#234a88'),
  'red-fiat': hatchback('#c9342c', '#9c241e'),
  'white-van': van,
  'lorry-1': lorry,
  'truck-1': truck,
  oslo,
  lisbon,
  'great-hall': hall,
}

const light = `<defs>
  <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#a9cfe8"/>
  <stop offset=".7" stop-color="#eaf3f7"/></linearGradient>
  <linearGradient id="glass" x2="1" y2="1"><stop stop-color="#cfe4ef"/>
  <stop offset="1" stop-color="#6f93a8"/></linearGradient></defs>`

const browser = await chromium.launch({ executablePath: browserPath ?? '', args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const [name, scene] of Object.entries(scenes)) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`
  const image = `data:image/svg+xml;base64,${btoa(`${svg}${light}${scene}</svg>`)}`
  const drawn = await page.evaluate(draw, { image, width, height, quality })
  await Bun.write(join(folder, `${name}.webp`), Buffer.from(drawn, 'base64'))
}
await browser.close()

/** Runs in the page. @returns a WebP, as Base64 */
async function draw(wanted: { image: string; width: number; height: number; quality: number }) {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: wanted.width, height: wanted.height })
  const picture = new Image()
  picture.src = wanted.image
  await picture.decode()
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  return canvas.toDataURL('image/webp', wanted.quality).split(',')[1] ?? ''
}
