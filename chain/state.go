package chain

// OpenState opens the state machine of a home on which no node runs, for reads; done closes it.
func OpenState(home string) (app *App, done func(), err error) {
	genesis, err := LoadGenesis(home)
	if err != nil {
		return nil, nil, err
	}
	stores := newDatabases(NodeConfig{Home: home})
	db, err := stores.application()
	if err != nil {
		return nil, nil, err
	}
	if app, err = NewApp(AppConfig{ChainID: genesis.ChainID, DB: db}); err != nil {
		stores.close()
		return nil, nil, err
	}
	return app, stores.close, nil
}
