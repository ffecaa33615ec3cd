import type { Context } from '../../shared/context.ts'
import type { BooksApi } from './index.ts'

// Title, author, first edition, pages of a usual edition, its first publisher. All are in the
// public domain.
type Sample = [title: string, author: string, released: string, pages: number, publisher: string]

const sample: Sample[] = [
  ['Pride and Prejudice', 'Jane Austen', '1813-01-28', 432, 'T. Egerton'],
  ['Frankenstein', 'Mary Shelley', '1818-01-01', 280, 'Lackington'],
  ['Moby-Dick; or, The Whale', 'Herman Melville', '1851-11-14', 635, 'Harper & Brothers'],
  ['Alice’s Adventures in Wonderland', 'Lewis Carroll', '1865-11-26', 192, 'Macmillan'],
  ['Les Misérables', 'Victor Hugo', '1862-04-03', 1463, 'A. Lacroix, Verboeckhoven & Cie'],
  ['Le Comte de Monte-Cristo', 'Alexandre Dumas', '1844-08-28', 1276, 'Pétion'],
  ['Vingt mille lieues sous les mers', 'Jules Verne', '1870-06-20', 426, 'Hetzel'],
  ['Madame Bovary', 'Gustave Flaubert', '1857-04-15', 329, 'Michel Lévy frères'],
  ['Germinal', 'Émile Zola', '1885-03-02', 591, 'G. Charpentier'],
  ['Die Verwandlung', 'Franz Kafka', '1915-10-15', 102, 'Kurt Wolff'],
  ['Faust', 'Johann Wolfgang von Goethe', '1808', 309, 'Cotta'],
  ['Effi Briest', 'Theodor Fontane', '1895-10', 336, 'F. Fontane & Co.'],
  ['Ett drömspel', 'August Strindberg', '1902', 120, 'Gernandt'],
  ['Gösta Berlings saga', 'Selma Lagerlöf', '1891-12-17', 462, 'Frithiof Hellberg'],
  ['Et dukkehjem', 'Henrik Ibsen', '1879-12-04', 122, 'Gyldendal'],
  ['Don Quijote de la Mancha', 'Miguel de Cervantes', '1605-01-16', 863, 'Juan de la Cuesta'],
  ['Os Maias', 'José Maria de Eça de Queirós', '1888-06-01', 716, 'Ernesto Chardron'],
  ['Dom Casmurro', 'Machado de Assis', '1899', 256, 'Livraria Garnier'],
  ['I promessi sposi', 'Alessandro Manzoni', '1827-06-15', 720, 'Vincenzo Ferrario'],
  ['Преступление и наказание', 'Фёдор Достоевский', '1866-01-30', 527, 'Русский вестник'],
  ['Война и мир', 'Лев Толстой', '1869', 1225, 'Русский вестник'],
  ['Мёртвые души', 'Николай Гоголь', '1842-05-21', 352, 'Университетская типография'],
  ['Pan Tadeusz', 'Adam Mickiewicz', '1834-06-28', 416, 'Aleksander Jełowicki'],
  ['Quo vadis', 'Henryk Sienkiewicz', '1896', 589, 'Gebethner i Wolff'],
  ['R.U.R.', 'Karel Čapek', '1920-11-20', 84, 'Aventinum'],
  ['吾輩は猫である', '夏目漱石', '1905-10-06', 470, '大倉書店'],
  ['The Strange Case of Dr Jekyll and Mr Hyde', 'R. L. Stevenson', '1886-01-05', 141, 'Longmans'],
  ['The Adventures of Sherlock Holmes', 'Arthur Conan Doyle', '1892-10-14', 307, 'George Newnes'],
  ['The Time Machine', 'H. G. Wells', '1895-05-07', 118, 'William Heinemann'],
  ['Dracula', 'Bram Stoker', '1897-05-26', 418, 'Archibald Constable'],
  ['Jane Eyre', 'Charlotte Brontë', '1847-10-19', 500, 'Smith, Elder & Co.'],
  ['Wuthering Heights', 'Emily Brontë', '1847-12-14', 416, 'Thomas Cautley Newby'],
  ['Middlemarch', 'George Eliot', '1871-12-01', 880, 'William Blackwood and Sons'],
  ['Great Expectations', 'Charles Dickens', '1861-08-03', 544, 'Chapman & Hall'],
  ['Gulliver’s Travels', 'Jonathan Swift', '1726-10-28', 306, 'Benjamin Motte'],
  ['Robinson Crusoe', 'Daniel Defoe', '1719-04-25', 320, 'William Taylor'],
  ['Adventures of Huckleberry Finn', 'Mark Twain', '1884-12-10', 366, 'Chatto & Windus'],
  ['The Scarlet Letter', 'Nathaniel Hawthorne', '1850-03-16', 279, 'Ticknor, Reed & Fields'],
  ['Little Women', 'Louisa May Alcott', '1868-09-30', 449, 'Roberts Brothers'],
  ['Walden', 'Henry David Thoreau', '1854-08-09', 352, 'Ticknor and Fields'],
]

/** Fills an empty list, through its own front door, in this order: numbers count from 1. */
export async function fillBooks({ client }: Pick<Context, 'client'>): Promise<void> {
  const { books } = client<BooksApi>('books').api
  const { data: existing } = await books.get({ query: { limit: '1' } })
  if (!existing || existing.length > 0) return
  for (const [title, author, release_date, page_count, publisher] of sample) {
    await books.post({ title, author, release_date, page_count, publisher })
  }
}
