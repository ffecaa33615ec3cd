// Bookings on PocketBase: a hook refuses overlaps, and each commit is synced to the disk.
package main

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

var errOverlap = errors.New("overlap")

type span struct {
	From time.Time `json:"from_datetime"`
	To   time.Time `json:"to_datetime"`
}

func main() {
	app := pocketbase.NewWithConfig(pocketbase.Config{
		DefaultDataDir: os.Getenv("DATA_FOLDER"),
		// As PocketBase does, but for `synchronous`, which it leaves at NORMAL.
		DBConnect: func(path string) (*dbx.DB, error) {
			return dbx.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
				"&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)"+
				"&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
		},
	})

	app.OnRecordCreateExecute("allocations").BindFunc(func(e *core.RecordEvent) error {
		found, err := e.App.CountRecords("allocations", dbx.NewExp(
			"car = {:car} AND start < {:end} AND {:start} < [[end]]",
			dbx.Params{
				"car":   e.Record.GetInt("car"),
				"start": e.Record.GetFloat("start"),
				"end":   e.Record.GetFloat("end"),
			}))
		if err != nil {
			return err
		}
		if found > 0 {
			return errOverlap
		}
		return e.Next()
	})

	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := prepare(e.App); err != nil {
			return err
		}
		e.Router.GET("/livez", func(c *core.RequestEvent) error { return c.NoContent(http.StatusOK) })
		e.Router.POST("/api/cars/{car}/allocations", book)
		return e.Next()
	})

	os.Args = []string{os.Args[0], "serve", "--http=127.0.0.1:" + os.Getenv("PORT")}
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

func book(c *core.RequestEvent) error {
	wanted := span{}
	if err := c.BindBody(&wanted); err != nil {
		return c.BadRequestError("malformed", err)
	}
	allocations, err := c.App.FindCachedCollectionByNameOrId("allocations")
	if err != nil {
		return err
	}
	var car int
	if _, err := fmt.Sscan(c.Request.PathValue("car"), &car); err != nil {
		return c.BadRequestError("no car", err)
	}
	record := core.NewRecord(allocations)
	record.Set("car", car)
	record.Set("start", wanted.From.UnixMilli())
	record.Set("end", wanted.To.UnixMilli())
	// One transaction, so that nobody else books between the look and the insert.
	err = c.App.RunInTransaction(func(tx core.App) error { return tx.Save(record) })
	if errors.Is(err, errOverlap) {
		return c.Error(http.StatusConflict, "overlap", nil)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, record)
}

func prepare(app core.App) error {
	if _, err := app.FindCollectionByNameOrId("allocations"); err == nil {
		return nil
	}
	allocations := core.NewBaseCollection("allocations")
	allocations.Fields.Add(
		&core.NumberField{Name: "car", OnlyInt: true},
		&core.NumberField{Name: "start", OnlyInt: true},
		&core.NumberField{Name: "end", OnlyInt: true},
	)
	allocations.AddIndex("allocations_by_car", false, "car, start", "")
	return app.Save(allocations)
}
