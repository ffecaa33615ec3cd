// What somebody writes who has the document and nothing else.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"time"

	"client/campus"
)

func require(ok bool, what string, got any) {
	if !ok {
		log.Fatalf("%s: %+v", what, got)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

var next = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

func main() {
	ctx := context.Background()
	token := ""
	api := must(campus.NewClientWithResponses(os.Getenv("CAMPUS_URL"), campus.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			if token != "" {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			return nil
		})))

	name := fmt.Sprintf("go-%d", time.Now().UnixNano())
	password := "a password of some length"
	user := must(api.SignUpWithResponse(ctx, nil, campus.NewUser{
		Username: name, Email: name + "@example.org", Password: password}))
	require(user.JSON201 != nil, "sign up", string(user.Body))
	tokens := must(api.LogInWithResponse(ctx, campus.Credentials{Username: name, Password: password}))
	require(tokens.JSON200 != nil, "log in", string(tokens.Body))
	token = tokens.JSON200.AccessToken

	one := 1
	cars := must(api.ListCarsWithResponse(ctx, &campus.ListCarsParams{Limit: &one}))
	require(cars.JSON200 != nil && len(*cars.JSON200) == 1, "list cars", string(cars.Body))
	car := (*cars.JSON200)[0].Id

	from := time.Date(2031, 5, 4, 9, 0, 0, 0, time.UTC)
	to := from.Add(time.Hour)
	span := campus.NewAllocation{FromDatetime: &from, ToDatetime: &to}
	booked := must(api.AllocateCarWithResponse(ctx, car, nil, span))
	require(booked.JSON201 != nil && booked.JSON201.FromDatetime.Equal(from), "book", string(booked.Body))
	refused := must(api.AllocateCarWithResponse(ctx, car, nil, span)).ApplicationproblemJSON409
	require(refused != nil, "conflict", refused)
	overlap := must(refused.AsOverlapProblem())
	require(overlap.Conflicts[0].Id == booked.JSON201.Id, "conflict", overlap)

	titles := map[string]bool{}
	three, count := 3, 0
	query := campus.ListBooksParams{Limit: &three}
	for {
		page := must(api.ListBooksWithResponse(ctx, &query))
		require(page.JSON200 != nil, "list books", string(page.Body))
		for _, book := range *page.JSON200 {
			titles[book.Title] = true
			count++
		}
		link := next.FindStringSubmatch(page.HTTPResponse.Header.Get("Link"))
		if link == nil {
			break
		}
		cursor := must(url.Parse(link[1])).Query().Get("cursor")
		query.Cursor = &cursor
	}
	require(count > 3 && len(titles) == count, "pages", titles)

	books := must(api.ListBooksWithResponse(ctx, &campus.ListBooksParams{Limit: &one}))
	rating := must(api.RateListedBookWithResponse(ctx, (*books.JSON200)[0].Id, nil,
		campus.RatingChange{Value: 8}))
	require(rating.JSON201 != nil && rating.JSON201.Value == 8, "rate", string(rating.Body))

	text := []byte("kept by a generated client in Go")
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	must(must(writer.CreateFormFile("upfile", "note.txt")).Write(text))
	writer.Close()
	file := must(api.UploadFileWithBodyWithResponse(ctx, nil, writer.FormDataContentType(), &form))
	require(file.JSON201 != nil && file.JSON201.Size == len(text), "upload", string(file.Body))
	content := must(api.DownloadFileWithResponse(ctx, file.JSON201.FileHash, nil))
	require(bytes.Equal(content.Body, text), "download", string(content.Body))

	released := must(api.ReleaseCarAllocationWithResponse(ctx, car, booked.JSON201.Id, nil))
	require(released.StatusCode() == http.StatusNoContent, "release", string(released.Body))
}
