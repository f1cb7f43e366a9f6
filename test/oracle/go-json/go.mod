module rollcall/test/oracle/go-json

go 1.26
