import { Elysia } from 'elysia'
import * as book from '../../shared/schemas/book.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import { Rating, RatingChange } from '../../shared/schemas/rating.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'books models' }).model({
  Book: book.Book,
  BookExistsProblem: book.BookExistsProblem,
  BookChange: book.BookChange,
  BookList: book.BookList,
  BookWithRatings: book.BookWithRatings,
  ExportedBook: book.ExportedBook,
  ImportedBook: book.ImportedBook,
  ImportReport: book.ImportReport,
  NewBook: book.NewBook,
  NewShelf: book.NewShelf,
  Problem,
  Rating,
  RatingChange,
  ShelvedBook: book.ShelvedBook,
})
